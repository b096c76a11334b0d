#!/usr/bin/env perl
# The manual names every long option and every setting that --help prints, every exit status, and
# every key of JSON that the schema knows.
use strict;
use warnings;
use JSON::PP;
use Test::More;

my $top = $ENV{TOP} // '.';
my $sendmx = $ENV{SENDMX} // "$top/build/sendmx";

my @pages = ("$top/man/sendmx.8", "$top/man/sendmx.conf.5");
plan skip_all => 'mandoc is not here' unless grep { -x "$_/mandoc" } split /:/, $ENV{PATH};

# As a reader sees it, in lines wide enough that no word is broken.
sub manual {
	my ($page) = @_;
	ok(-e $page, "$page exists") or return '';
	open my $text, '-|', 'mandoc', '-T', 'ascii', '-O', 'width=500', $page or return '';
	local $/;
	return <$text> =~ s/.\x08//gr;
}

my $command = manual($pages[0]);
my $settings = manual($pages[1]);

my $help = qx('$sendmx' --help 2>&1);
is($?, 0, '--help exits with 0') or diag($help);

my %seen;
for my $option (grep { !$seen{$_}++ } $help =~ /(?<![\w-])--([a-z][a-z0-9-]*)/g) {
	like($command, qr/(?<![\w-])--\Q$option\E(?![\w-])/, "--$option is in sendmx.8");
}

# Rows of the list below a line "settings": key, then what it is for.
my ($list) = $help =~ /^[^\n]*\bsettings\b[^\n]*:\s*\n(.*)/ims;
for my $key (defined $list ? $list =~ /^\s+([a-z][a-z0-9_-]*)(?=\s|=)/mg : ()) {
	like($settings, qr/(?<![\w-])\Q$key\E(?![\w-])/, "$key is in sendmx.conf.5");
}

my ($statuses) = $command =~ /^EXIT STATUS\n(.*?)(?=^\S)/ms;
ok(defined $statuses, 'sendmx.8 has a section EXIT STATUS');
for my $status (0, 64, 65, 67, 68, 69, 70, 71, 74, 75, 76, 77, 78) {
	like($statuses // '', qr/\b$status\b/, "exit status $status is in sendmx.8");
}

sub keys_of {
	my ($node) = @_;
	return map { keys_of($_) } @$node if ref $node eq 'ARRAY';
	return () unless ref $node eq 'HASH';
	my $own = $node->{properties};
	return ((ref $own eq 'HASH' ? keys %$own : ()), map { keys_of($_) } values %$node);
}

my ($json) = $command =~ /^JSON\n(.*?)(?=^\S)/ms;
ok(defined $json, 'sendmx.8 has a section JSON');
my $schema = do {
	open my $file, '<', "$top/tests/json/schema.json" or die "schema.json: $!";
	local $/;
	decode_json(<$file>);
};
my %keys = map { $_ => 1 } keys_of($schema);
ok(%keys, 'the schema has keys');
for my $key (sort keys %keys) {
	like($json // '', qr/\b\Q$key\E\b/, "the key $key is in sendmx.8");
}
done_testing();
