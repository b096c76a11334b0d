#!/usr/bin/env perl
# Plans from facts. A *.facts file is a zone file for --facts (its format: src/net/dns_file.c) in
# which stand, as comments, commands and what must come out:
#
#   ;$ sendmx --dry-run bob@example.org     run this; --facts (this file) and --seed 1 are put in
#                                           front; quotes as in a shell
#   ;> text                                 a line of standard output, exactly
#   ;>~ regex                               a line of standard output that the expression matches
#   ;>*                                     any lines, or none
#   ;2> text, ;2>~ regex, ;2>*              the same for standard error
#   ;= 0                                    exit status
#   ;? why                                  not so yet, and why
#
# Each command is run once more with --json: the exit status must be the same, and the lines what
# tests/json says.
#
# `tests/facts/facts.t a04` runs only the files that begin so.
use strict;
use warnings;
use File::Temp qw(tempfile);
use FindBin;
use List::Util qw(max);
use POSIX qw(_exit);
use Test::More;
use Text::ParseWords qw(shellwords);

use constant SECONDS_MAX => 60; # for one command, built with sanitizers, on a busy machine

my $top = $ENV{TOP} // "$FindBin::Bin/../..";
my $sendmx = $ENV{SENDMX} // "$top/build/sendmx";
my ($json, $json_path) = tempfile(UNLINK => 1);

sub lines_of {
	my ($file) = @_;
	seek $file, 0, 0;
	my @lines = <$file>;
	chomp @lines;
	return \@lines;
}

# The commands of a file, each with its expectations.
sub commands {
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!";
	my @commands;
	while (<$file>) {
		chomp;
		if (/^;\$ sendmx(?: (.*))?$/) {
			push @commands, {line => $., text => $1 // '', out => [], err => []};
		} elsif (/^;(2?)>(~ |\*$| |$)(.*)$/ && @commands) {
			my $to = $commands[-1]{$1 ? 'err' : 'out'};
			push @$to, {kind => substr("$2 ", 0, 1), text => $3};
		} elsif (/^;= (\d+)$/ && @commands) {
			$commands[-1]{exit} = $1;
		} elsif (/^;\? (.+)$/ && @commands) {
			$commands[-1]{todo} = $1;
		} elsif (/^;[>2=\$?]/) {
			die "$path:$.: what is this?\n";
		}
	}
	return @commands;
}

sub exec_command {
	my ($out, $err, @words) = @_;
	open STDIN, '<', '/dev/null' or _exit(126);
	open STDOUT, '>&', $out or _exit(126);
	open STDERR, '>&', $err or _exit(126);
	exec {$words[0]} @words or _exit(127);
}

# Standard output, standard error and how it ended.
sub run {
	my (@words) = @_;
	my ($out, $err) = map { scalar tempfile(UNLINK => 1) } 1, 2;
	my $child = fork // die "fork: $!";
	exec_command($out, $err, @words) unless $child;
	local $SIG{ALRM} = sub { kill 'KILL', $child };
	alarm SECONDS_MAX;
	waitpid $child, 0;
	alarm 0;
	my $end = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
	return (lines_of($out), lines_of($err), $end);
}

sub fits {
	my ($wanted, $line) = @_;
	return $wanted->{kind} eq '~' ? $line =~ /$wanted->{text}/ : $line eq $wanted->{text};
}

# Do the lines from $j on fit what is wanted from $i on?
sub all_fit {
	my ($wanted, $lines, $i, $j) = @_;
	for (; $i < @$wanted; $i++, $j++) {
		return grep { all_fit($wanted, $lines, $i + 1, $_) } $j .. @$lines
			if $wanted->[$i]{kind} eq '*';
		return 0 if $j >= @$lines || !fits($wanted->[$i], $lines->[$j]);
	}
	return $j == @$lines;
}

# The longest row of lines that fit, from each place on.
sub common {
	my ($wanted, $lines) = @_;
	my @length = map { [(0) x (@$lines + 1)] } 0 .. @$wanted;
	for my $i (reverse 0 .. $#$wanted) {
		for my $j (reverse 0 .. $#$lines) {
			my ($below, $right) = ($length[$i + 1][$j], $length[$i][$j + 1]);
			my $fits = fits($wanted->[$i], $lines->[$j]);
			$length[$i][$j] = $fits ? 1 + $length[$i + 1][$j + 1] : max($below, $right);
		}
	}
	return \@length;
}

sub show_difference {
	my ($name, $wanted, $lines) = @_;
	my @wanted = grep { $_->{kind} ne '*' } @$wanted;
	my $length = common(\@wanted, $lines);
	my ($i, $j) = (0, 0);
	diag("$name (- wanted, + got):");
	while ($i < @wanted || $j < @$lines) {
		if ($i < @wanted && $j < @$lines && fits($wanted[$i], $lines->[$j])) {
			diag("  $lines->[$j]");
			$i++, $j++;
		} elsif ($j == @$lines
			|| $i < @wanted && $length->[$i + 1][$j] >= $length->[$i][$j + 1]) {
			diag("- $wanted[$i++]{text}");
		} else {
			diag("+ $lines->[$j++]");
		}
	}
}

sub check {
	my ($path, $name, $command) = @_;
	# No configuration of the machine we happen to be on
	my @words = ('-C', '/dev/null', '--facts', $path, '--seed', '1', shellwords($command->{text}));
	my ($out, $err, $end) = run($sendmx, @words);
	my ($lines, undef, $same) = run($sendmx, '--json', @words);
	print $json map { "$_\n" } @$lines;
	my $out_fits = all_fit($command->{out}, $out, 0, 0);
	my $err_fits = all_fit($command->{err}, $err, 0, 0);
	my $end_fits = defined $command->{exit} && $end eq $command->{exit} && $same eq $end;
	local our $TODO = $command->{todo};
	ok($out_fits && $err_fits && $end_fits, "$name:$command->{line} $command->{text}");
	show_difference('standard output', $command->{out}, $out) unless $out_fits;
	show_difference('standard error', $command->{err}, $err) unless $err_fits;
	my $wanted = $command->{exit} // 'not said';
	diag("exit status wanted: $wanted, got: $end, with --json: $same") unless $end_fits;
}

sub check_json {
	$json->flush;
	my ($out, $err, $end) = run("$top/tests/json/validate", $json_path);
	SKIP: {
		skip $out->[0], 1 if $end eq 77;
		ok($end eq 0, 'all JSON is what the manual says');
		diag($_) for @$out, @$err;
	}
}

my @paths = sort glob "$FindBin::Bin/*.facts";
if (@ARGV) {
	@paths = grep { my $path = $_; grep { $path =~ m{/\Q$_\E[^/]*$} } @ARGV } @paths;
} else {
	for my $rule (map { sprintf 'a%02d', $_ } 1 .. 21) {
		ok(scalar(grep { m{/$rule-[^/]*$} } @paths), "there is a file for rule $rule");
	}
}
for my $path (@paths) {
	my ($name) = $path =~ m{([^/]+)$};
	my @commands = commands($path);
	ok(@commands, "$name has commands");
	check($path, $name, $_) for @commands;
}
check_json();
done_testing();
