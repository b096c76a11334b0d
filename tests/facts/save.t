#!/usr/bin/env perl
# What --save-facts writes is replayed by --facts: for every command of every *.facts file the same
# standard output, standard error and exit status, in words and as JSON. Times apart, and the counts of
# the DNS, which belong to the run. The seed is left to chance: it is saved too.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use Test::More;
use Text::ParseWords qw(shellwords);

my $sendmx = $ENV{SENDMX} // ($ENV{TOP} // "$FindBin::Bin/../..") . '/build/sendmx';
my $folder = tempdir(CLEANUP => 1);

sub commands {
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!";
	return map { /^;\$ sendmx (.*)$/ ? $1 : () } <$file>;
}

# All that a run says, with its exit status.
sub run {
	my (@words) = @_;
	my $said = '';
	my $child = open my $out, '-|';
	die "fork: $!" unless defined $child;
	if (!$child) {
		open STDIN, '<', '/dev/null' or die;
		open STDERR, '>&', \*STDOUT or die;
		exec $sendmx, '-C', '/dev/null', @words or die;
	}
	$said .= $_ while <$out>;
	close $out;
	$said =~ s/"ms":\d+,"dns":\{[^}]*\}//;
	return $said . 'ends with ' . ($? & 127 ? 'signal ' . ($? & 127) : $? >> 8) . "\n";
}

sub check {
	my ($path, $name, @words) = @_;
	my $saved = "$folder/saved";
	unlink $saved;
	my $first = run('--facts', $path, '--save-facts', $saved, @words);
	return if !-e $saved && $first =~ /ends with 6[45]$/; # it never came to a plan
	my $again = run('--facts', $saved, @words);
	is($again, $first, "$name @words");
}

for my $path (sort glob "$FindBin::Bin/*.facts") {
	my ($name) = $path =~ m{([^/]+)$};
	for my $words (map { [shellwords($_)] } commands($path)) {
		check($path, $name, @$words);
		check($path, $name, '--json', @$words);
	}
}
ok(Test::More->builder->current_test > 100, 'there was something to be saved');

# ---- where it cannot be written ----

my @dry = ('--facts', "$FindBin::Bin/a01-preference.facts", '--dry-run', 'bob@example.com');
like(run('--save-facts', "$folder/none/x", @dry), qr/^sendmx: --save-facts \S+: No such file or directory$(?s).*ends with 74/m,
	'a folder that is not there');
symlink 'elsewhere', "$folder/link";
like(run('--save-facts', "$folder/link", @dry), qr/no plain file$(?s).*ends with 74/m, 'a link is not replaced');
ok(-l "$folder/link" && !-e "$folder/elsewhere", 'nor followed');
like(run('--save-facts', "$folder/bs", '-bs'), qr/^421 .*--save-facts(?s).*ends with 64/m, '-bs keeps no facts');
like(run('--save-facts', "$folder/no-plan", '--dry-run', 'bob@'), qr/ends with 6[45]/, 'a run without a plan');
open my $file, '>', "$folder/old" or die;
print $file 'x' x 10000;
close $file;
run('--save-facts', "$folder/old", @dry);
ok(-s "$folder/old" < 5000, 'what was there is replaced');
is((stat "$folder/old")[2] & 0777, 0600, 'only the owner reads it');
is(join(' ', map { s{.*/}{}r } sort glob "$folder/*"), 'link old saved', 'no draft is left');
done_testing();
