#!/usr/bin/env perl
# A file includes from its own folder and from the floors below; library headers stay in their rooms.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(files);
use Test::More;

my $top = $ENV{TOP} // '.';

# smtp and route share a floor, and neither knows the other; so do delivery and sender.
my %floor = (base => 0, mail => 1, net => 2, smtp => 3, route => 3, delivery => 4, sender => 4, cli => 5, main => 6);

# Which files may include a library's headers.
my @rooms = (
	[qr{^ldns/}      => qr{^src/net/dns_record\.c$}],
	[qr{^gnutls/}    => qr{^src/net/(tls|dane|dkim|certificate|trust|dnssec_crypto)[^/]*\.c$}],
	[qr{^curl/}      => qr{^src/net/https_(curl\.c|library\.[ch])$}],
	[qr{^zlib\.h$}  => qr{^src/base/gzip\.c$}],
	[qr{^idn2\.h$}   => qr{^src/mail/[^/]*\.c$}],
	[qr{^jansson\.h$} => qr{^src/cli/[^/]*\.c$}],
);

sub ours {
	my ($path, $folder, $name) = @_;
	return if $name eq 'config.h';
	my ($room) = $name =~ m{^([a-z]+)/[^/]+$} or return "\"$name\": write it as \"folder/name.h\"";
	return "\"$name\" does not exist" unless -e "$top/src/$name";
	return "\"$name\" is in no known folder" unless defined $floor{$room};
	return if $room eq $folder || $floor{$room} < $floor{$folder};
	return "\"$name\" is not below";
}

sub library {
	my ($path, $name) = @_;
	for (@rooms) {
		my ($header, $room) = @$_;
		return "<$name> may stand in $room only" if $name =~ $header && $path !~ $room;
	}
	return;
}

sub complaints {
	my ($path) = @_;
	my $folder = $path eq 'src/main.c' ? 'main' : $path =~ m{^src/([^/]+)/} ? $1 : '';
	return "folder is on no floor" unless defined $floor{$folder};
	open my $file, '<', "$top/$path" or return $!;
	my @found;
	while (<$file>) {
		my $wrong;
		$wrong = ours($path, $folder, $1) if /^\s*#\s*include\s*"([^"]+)"/;
		$wrong = library($path, $1) if /^\s*#\s*include\s*<([^>]+)>/;
		push @found, "line $.: $wrong" if $wrong;
	}
	return @found;
}

my @sources = files('src/*.[ch]', 'src/*/*.[ch]');
ok(@sources, 'there are sources');
for my $path (@sources) {
	my @found = complaints($path);
	ok(!@found, $path);
	diag("$path: $_") for @found;
}
done_testing();
