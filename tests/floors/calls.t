#!/usr/bin/env perl
# Banned calls, seen outside comments and strings.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(files bare);
use Test::More;

# What must not stand there, the files it is banned from, the files that may all the same, and why.
my @bans = (
	[[qw(strcpy strcat sprintf vsprintf strncpy strtok atoi gets alloca)], qr{^src/}, undef,
		'no bounds, or no way to see an error'],
	[[qw(longjmp siglongjmp signal system popen getaddrinfo)], qr{^src/}, undef,
		'nothing jumps, nothing runs a shell, DNS is ours'],
	[[qw(exit _exit quick_exit)], qr{^src/}, qr{^src/(main|base/memory)\.c$},
		'only main exits, and who finds no memory'],
	[[qw(poll ppoll select pselect)], qr{^src/}, qr{^src/base/deadline\.c$},
		'one poll in the program, so that everything can be cancelled'],
	# An epoll descriptor is waited for by that poll too, and then only asked.
	[[qw(epoll_wait epoll_pwait)], qr{^src/}, qr{^src/net/dns_transport\.c$},
		'one poll in the program, so that everything can be cancelled'],
	[[qw(sleep usleep nanosleep clock_nanosleep thrd_sleep)], qr{^}, undef,
		'no sleep in code, no sleep in tests'],
	[[qw(ldns_resolver_\w+ ldns_send\w*)], qr{^src/}, undef, 'ldns is our codec, not our resolver'],
);

sub complaints {
	my ($path) = @_;
	my @found;
	my $number = 0;
	for my $line (split /\n/, bare($path)) {
		$number++;
		for (@bans) {
			my ($names, $where, $except, $why) = @$_;
			next if $path !~ $where || $except && $path =~ $except;
			my $any = join '|', @$names;
			# A member called like a function is none: s->poll(s).
			push @found, "line $number: $1: $why" while $line =~ /(?<![\w.>])($any)\s*\(/g;
		}
	}
	return @found;
}

my @sources = files('src/*.[ch]', 'src/*/*.[ch]', 'tests/*/*.[ch]', 'tests/*/tool/*.[ch]');
ok(@sources, 'there are sources');
for my $path (@sources) {
	my @found = complaints($path);
	ok(!@found, $path);
	diag("$path: $_") for @found;
}
done_testing();
