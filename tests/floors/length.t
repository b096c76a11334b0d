#!/usr/bin/env perl
# Functions fit on a screen: none in src above 60 lines. Tables are no functions. Lines fit on it, too.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(files);
use Test::More;
use Text::Tabs;

use constant { LONGEST => 60, WIDEST => 100, TAB => 8 };

my $top = $ENV{TOP} // '.';

$tabstop = TAB;
for my $path (files('src/*.[ch]', 'src/*/*.[ch]')) {
	open my $source, '<:encoding(UTF-8)', "$top/$path" or die "$path: $!";
	my @wide = grep { length expand(s/\n//r) > WIDEST } <$source>;
	ok(!@wide, "$path: no line is wider than " . WIDEST . ' columns');
	diag($_) for @wide;
}

my %lines;
if (open my $tags, '-|', 'ctags', '-R', '--languages=C', '--kinds-C=f', '--fields=+ne', '-o', '-', "$top/src") {
	while (<$tags>) {
		my ($name, $path) = split /\t/;
		my ($start) = /\tline:(\d+)/ or next;
		my ($end) = /\tend:(\d+)/ or next;
		$lines{$path =~ s{^\Q$top\E/}{}r . " $name"} = $end - $start + 1;
	}
} else {
	note('ctags is not here: functions are not measured');
	done_testing();
	exit;
}

my @sorted = sort { $a <=> $b } values %lines;
ok(@sorted, 'there are functions') or BAIL_OUT('ctags found no function in src');
note(sprintf '%d functions, lines: median %d, 90th percentile %d, longest %d', scalar @sorted,
	$sorted[$#sorted / 2], $sorted[$#sorted * 0.9], $sorted[-1]);

my @long = grep { $lines{$_} > LONGEST } sort keys %lines;
ok(!@long, 'no function has more than ' . LONGEST . ' lines');
diag("$_: $lines{$_} lines") for @long;
done_testing();
