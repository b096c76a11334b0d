#!/usr/bin/env perl
# DANE for SMTP, case by case: chains made anew by certtool, the verdict of net/dane, and that of
# OpenSSL's s_client as a second opinion. Where the two are meant to differ, the case says why.
use strict;
use warnings;
use Digest::SHA qw(sha256 sha512);
use File::Temp qw(tempdir);
use MIME::Base64 qw(decode_base64);
use Test::More;

my $build = $ENV{BUILD} // 'build';
my $judge = "$build/tests/tool/tlsa_judge";
my $dir = tempdir(CLEANUP => 1);
my $rounds = $ENV{SAN} ? 200 : 20;

sub have { my ($program) = @_; grep { -x "$_/$program" } split /:/, $ENV{PATH} }
plan skip_all => 'certtool or openssl is not here' unless have('certtool') && have('openssl');

# ---- certificates ----

# Keys have the names of their owners; what is not here is EC.
my %kind = (rsa => 'rsa:2048', weak => 'rsa:1024', ed => 'ed25519');

my @ca = qw(ca cert_signing_key);
my @server = qw(tls_www_server signing_key);
my @future = ('activation_date = "2090-01-01 00:00:00"', 'expiration_date = "2099-01-01 00:00:00"');
my @past = ('activation_date = "2001-01-01 00:00:00"', 'expiration_date = "2002-01-01 00:00:00"');
my @mx = ('cn = mx', 'dns_name = mx.example.org');

# Name, key, subject's lines, issuer and his key (none: itself), more lines.
my @certificates = (
	[root => 'root', ['cn = Root'], undef, @ca],
	[inter => 'inter', ['cn = Intermediate'], 'root', @ca],
	[third => 'third', ['cn = Third'], 'inter', @ca],
	[leaf => 'leaf', \@mx, 'inter', @server],
	[deep => 'leaf', \@mx, 'third', @server],
	[direct => 'leaf', \@mx, 'root', @server],
	[rsa => 'rsa', \@mx, 'inter', @server],
	[ed => 'ed', \@mx, 'inter', @server],
	[self => 'leaf', \@mx, undef, @server],
	[other => 'other', \@mx, 'inter', @server],
	[old => 'leaf', \@mx, 'inter', @server, @past],
	[early => 'leaf', \@mx, 'inter', @server, @future],
	[stranger => 'leaf', ['cn = w', 'dns_name = www.example.com'], 'inter', @server],
	[conflict => 'leaf', ['cn = mx.example.org', 'dns_name = www.example.com'], 'inter', @server],
	[wild => 'leaf', ['cn = w', 'dns_name = *.example.org'], 'inter', @server],
	[high => 'leaf', ['cn = w', 'dns_name = *.org'], 'inter', @server],
	[nameless => 'leaf', ['cn = mx.example.org'], 'inter', @server],
	[hop => 'leaf', ['cn = h', 'dns_name = example.org'], 'inter', @server],
	[client => 'leaf', \@mx, 'inter', qw(tls_www_client signing_key)],
	[weak => 'weak', \@mx, 'inter', @server],
	# The root once more, signed by an older one.
	[ancient => 'ancient', ['cn = Ancient'], undef, @ca],
	[twin => 'root', ['cn = Root'], 'ancient', @ca],
	[oldroot => 'root', ['cn = Root'], undef, @ca, @past],
	[oldinter => 'inter', ['cn = Intermediate'], 'root', @ca, @past],
	# What an attacker makes by himself, with names as he likes.
	[evil => 'evil', ['cn = Evil'], undef, @ca],
	[evilleaf => 'mine', \@mx, 'evil', @server],
	[fakeroot => 'evil', ['cn = Root'], undef, @ca],
	[fakeleaf => 'mine', \@mx, 'fakeroot', @server],
	[fakeinter => 'evil', ['cn = Intermediate'], undef, @ca],
	[fakechild => 'mine', \@mx, 'fakeinter', @server],
	[mine => 'mine', \@mx, undef, @server],
	# Issuers that are none: a server's certificate, and one that says it is no CA.
	[byleaf => 'mine', \@mx, 'leaf', @server],
	[noca => 'noca', ['cn = No CA'], 'root', 'signing_key'],
	[bynoca => 'mine', \@mx, 'noca', @server],
	# Issuers that may not sign everything, and signatures that count for nothing.
	[bound => 'inter', ['cn = Bound'], 'root', @ca, 'nc_permit_dns = example.com'],
	[free => 'inter', ['cn = Free'], 'root', @ca, 'nc_permit_dns = example.org'],
	[shut => 'inter', ['cn = Shut'], 'root', @ca, 'nc_exclude_dns = example.org'],
	[bybound => 'leaf', \@mx, 'bound', @server],
	[byfree => 'leaf', \@mx, 'free', @server],
	[byshut => 'leaf', \@mx, 'shut', @server],
	[cnbound => 'leaf', ['cn = mx.example.org'], 'bound', @server],
	[short => 'root', ['cn = Short'], undef, @ca, 'path_len = 0'],
	[beyond => 'inter', ['cn = Beyond'], 'short', @ca],
	[bybeyond => 'leaf', \@mx, 'beyond', @server],
	[sha1 => 'leaf', \@mx, 'inter', @server],
	[address => 'leaf', ['cn = a', 'ip_address = 192.0.2.1'], 'inter', @server],
	# More anchors than anybody has.
	(map { ["crowd$_" => 'evil', ["cn = Crowd $_"], undef, @ca] } 1 .. 12),
);

my (%der, %key_of);

sub run { system(@_) == 0 or BAIL_OUT("failed: @_") }

sub write_file {
	my ($name, @lines) = @_;
	open my $file, '>', "$dir/$name" or BAIL_OUT("$dir/$name: $!");
	binmode $file;
	print $file @lines;
	close $file or BAIL_OUT("$dir/$name: $!");
}

sub read_file {
	my ($name) = @_;
	open my $file, '<', "$dir/$name" or BAIL_OUT("$dir/$name: $!");
	binmode $file;
	local $/;
	return <$file>;
}

sub make_key {
	my ($key) = @_;
	my ($kind, $bits) = split /:/, $kind{$key} // 'ec';
	my @how = $kind eq 'ec' ? qw(EC -pkeyopt ec_paramgen_curve:P-256)
		: $kind eq 'rsa' ? ('RSA', '-pkeyopt', "rsa_keygen_bits:$bits") : 'ED25519';
	run("openssl genpkey -algorithm @how -out $dir/$key.key 2>>$dir/log") unless -e "$dir/$key.key";
}

sub keep {
	my ($name, $bytes) = @_;
	$der{$name} = $bytes;
	write_file("$name.der", $bytes);
	run("openssl x509 -inform DER -in $dir/$name.der -out $dir/$name.pem");
}

sub make_certificate {
	my ($name, $key, $subject, $issuer, @lines) = @_;
	my $dates = join "\n", 'activation_date = "2020-01-01 00:00:00"', 'expiration_date = "2099-12-31 00:00:00"';
	$dates = '' if grep { /_date/ } @lines;
	write_file("$name.cfg", join "\n", @$subject, @lines, $dates, '');
	make_key($key);
	my $signer = $issuer
		? "--generate-certificate --load-ca-certificate $dir/$issuer.pem --load-ca-privkey $dir/$key_of{$issuer}.key"
		: '--generate-self-signed';
	$signer .= ' --hash SHA1' if $name eq 'sha1';
	run("certtool $signer --load-privkey $dir/$key.key --template $dir/$name.cfg " .
		"--outfile $dir/$name.pem 2>>$dir/log");
	$key_of{$name} = $key;
	$der{$name} = decode_base64(read_file("$name.pem") =~ s/.*BEGIN CERTIFICATE-+\n(.*?)-+END.*/$1/sr);
	write_file("$name.der", $der{$name});
}

sub make_certificates {
	make_certificate(@$_) for @certificates;
	# The last byte is the signature's.
	keep(broken => substr($der{leaf}, 0, -1) . chr(1 ^ ord substr $der{leaf}, -1));
	$key_of{broken} = 'leaf';
}

# ---- records ----

my %public;

sub public_key {
	my ($name) = @_;
	return $public{$name} //= qx(openssl x509 -in $dir/$name.pem -noout -pubkey | openssl pkey -pubin -outform DER);
}

# "2 1 1 root" is of that certificate; "cut" takes bytes away, "junk" is none of a certificate.
sub record {
	my ($usage, $selector, $matching, $name, $cut) = split ' ', $_[0];
	my $part = $name eq 'junk' ? 'junk' : $selector eq '1' ? public_key($name) : $der{$name};
	my $data = $matching eq '1' ? sha256($part) : $matching eq '2' ? sha512($part) : $part;
	$data = substr $data, 0, -$cut if $cut;
	return "$usage $selector $matching " . unpack 'H*', $data;
}

# ---- the two judges ----

sub our_verdict {
	my ($chain, $records, $names) = @_;
	my @command = ($judge, '-m', $rounds, (map { ('-n', $_) } @$names), (map { ('-r', $_) } @$records),
		map { "$dir/$_.der" } @$chain);
	open my $pipe, '-|', @command or BAIL_OUT("$judge: $!");
	my $line = <$pipe> // '';
	close $pipe;
	chomp $line;
	return $? ? "died ($?): $line" : $line;
}

my ($server, $serving, $server_out) = (0, '');

sub stop_server {
	return unless $server;
	kill TERM => $server;
	waitpid $server, 0;
	close $server_out;
	$server = 0;
}
END {
	local $?;
	stop_server();
}

# One chain after the other; cases that share one come together.
sub serve {
	my ($chain) = @_;
	return if $serving eq "@$chain";
	stop_server();
	$serving = "@$chain";
	write_file('chain.pem', map { read_file("$_.pem") } @$chain[1 .. $#$chain]);
	my @command = (qw(openssl s_server -www -cipher DEFAULT@SECLEVEL=0 -unlink -unix), "$dir/socket",
		'-cert', "$dir/$chain->[0].pem", '-key', "$dir/$key_of{$chain->[0]}.key",
		@$chain > 1 ? ('-cert_chain', "$dir/chain.pem") : ());
	$server = open($server_out, '-|', "exec @command 2>>$dir/log") or BAIL_OUT("s_server: $!");
	while (my $line = <$server_out>) {
		return if $line =~ /^ACCEPT/;
	}
	BAIL_OUT('s_server does not start: ' . read_file('log'));
}

sub their_verdict {
	my ($chain, $records, $names) = @_;
	serve($chain);
	my ($base, @others) = @$names;
	my @command = (qw(openssl s_client -verify_return_error -no_ticket -unix), "$dir/socket", '-dane_tlsa_domain', $base,
		'-dane_ee_no_namechecks', map { ('-dane_tlsa_rrdata', "'$_'") } @$records);
	my $said = qx(@command </dev/null 2>&1);
	return 'yes' if $said =~ /^DANE TLSA [0-9].*(?:matched|signed)/m && $said =~ /^Verification: OK$/m;
	return $said =~ /no usable TLSA|Failed to import/i ? 'unusable' : 'no';
}

# ---- cases ----

# What, expected, chain, records, and where they are meant to differ, why. Names in front of "@":
# the reference names when it is not mx.example.org alone.
my $anchored = 'leaf inter root';
my @crowd = map { "crowd$_" } 1 .. 12;
my @cases = (
	(map { my $s = $_; map { ["EE $s $_", yes => 'leaf inter', ["3 $s $_ leaf"]] } 0 .. 2 } 0 .. 1),
	['EE, RSA', yes => 'rsa inter', ['3 1 1 rsa']],
	['EE, Ed25519', yes => 'ed inter', ['3 1 1 ed']],
	['EE, self-signed', yes => 'self', ['3 1 1 self']],
	['EE, expired', yes => 'old inter', ['3 1 1 old']],
	['EE, not yet valid', yes => 'early inter', ['3 0 1 early']],
	['EE, for others', yes => 'stranger inter', ['3 1 1 stranger']],
	['EE, another key', no => 'leaf inter', ['3 1 1 other']],
	['EE, the issuer', no => 'leaf inter', ['3 1 1 inter']],
	['EE, the genuine one behind', no => 'mine leaf inter', ['3 0 1 leaf']],

	(map { my $s = $_; map { ["TA $s $_", yes => $anchored, ["2 $s $_ root"]] } 0 .. 2 } 0 .. 1),
	['TA at an intermediate', yes => 'leaf inter', ['2 0 1 inter']],
	['TA at an intermediate, root sent', yes => $anchored, ['2 1 1 inter']],
	['TA in the middle of four', yes => 'deep third inter root', ['2 1 1 inter']],
	['TA, unsorted', yes => 'deep root inter third', ['2 1 1 root']],
	['TA, something foreign sent along', yes => 'leaf inter evil root', ['2 0 1 root']],
	['TA, by the key of the twin', yes => 'leaf inter twin', ['2 1 1 root']],

	['2 0 0 only in DNS', yes => 'leaf inter', ['2 0 0 root']],
	['2 1 0 only in DNS', yes => 'leaf inter', ['2 1 0 root']],
	['2 0 0 only in DNS, issuer of the certificate', yes => 'direct', ['2 0 0 root']],
	['2 1 0 only in DNS, issuer of the certificate', yes => 'direct', ['2 1 0 root']],
	['2 0 0, the twin is sent', yes => 'leaf inter twin', ['2 0 0 root']],
	['2 1 0, in an expired wrapper', yes => 'leaf inter oldroot', ['2 1 0 root'],
		'the key is the anchor, not what it is wrapped in'],
	['TA by digest, not sent', no => 'leaf inter', ['2 0 1 root']],
	['TA by digest of the twin', no => 'leaf inter twin', ['2 0 1 root']],

	['TA, for others', no => 'stranger inter root', ['2 1 1 root']],
	['TA, CN fits and dNSName does not', no => 'conflict inter root', ['2 1 1 root']],
	['TA, star for two labels', no => 'wild inter root', ['2 1 1 root'], undef, 'a.mx.example.org'],
	['TA, star for a top level', no => 'high inter root', ['2 1 1 root'], undef, 'example.org'],
	['EE and TA, neither', no => $anchored, ['3 1 1 other', '2 1 1 evil']],
	['TA, star', yes => 'wild inter root', ['2 1 1 root']],
	['TA, CN only', yes => 'nameless inter root', ['2 1 1 root']],
	['TA, next-hop domain', yes => 'hop inter root', ['2 1 1 root'],
		's_client takes one name', 'mx.example.org', 'example.org'],
	['EE does not match, TA does', yes => $anchored, ['3 1 1 other', '2 1 1 root']],

	['TA, expired certificate', no => 'old inter root', ['2 1 1 root']],
	['TA, expired intermediate', no => 'leaf oldinter root', ['2 1 1 root']],
	['TA, expired anchor', no => 'leaf inter oldroot', ['2 1 1 root']],
	['TA, a server as issuer', no => 'byleaf leaf inter root', ['2 1 1 root']],
	['TA, an issuer that is no CA', no => 'bynoca noca root', ['2 1 1 root']],
	['TA, for clients only', no => 'client inter root', ['2 1 1 root']],
	['TA, RSA of 1024 bits', no => 'weak inter root', ['2 1 1 root']],

	['own CA, genuine anchor behind', no => 'evilleaf evil root', ['2 1 1 root']],
	['own CA of the same name, genuine anchor behind', no => 'fakeleaf fakeroot root', ['2 0 1 root']],
	['own CA of the same name, genuine intermediate behind', no => 'fakechild fakeinter inter root', ['2 0 1 inter']],
	['wrong signature', no => 'broken inter root', ['2 1 1 root']],
	['genuine chain behind an own certificate', no => 'mine leaf inter root', ['2 1 1 root']],

	['agility: only the weaker matches', no => 'leaf inter', ['3 1 1 leaf', '3 1 2 other']],
	['agility: the stronger matches', yes => 'leaf inter', ['3 1 1 other', '3 1 2 leaf']],
	['agility: no digest is kept', yes => 'leaf inter', ['3 1 0 leaf', '3 1 2 other']],
	['agility: of each usage', yes => 'leaf inter', ['3 1 1 leaf', '2 1 2 evil']],
	['agility: of each selector', yes => 'leaf inter', ['3 1 1 leaf', '3 0 2 other']],
	['agility: a stronger one that is cut does not count', yes => 'leaf inter', ['3 1 1 leaf', '3 1 2 other 1']],
	['agility: nor one of unknown type', yes => 'leaf inter', ['3 1 1 leaf', '3 1 9 leaf']],

	['PKIX usages only', unusable => $anchored, ['0 1 1 root', '1 1 1 leaf'], 'RFC 7672 3.1.3; s_client does PKIX'],
	['PKIX-EE matches, DANE-EE does not', no => 'leaf inter', ['1 1 1 leaf', '3 1 1 other']],
	['digest that is cut', unusable => 'leaf inter', ['3 1 1 leaf 1']],
	['neither certificate nor digest', unusable => 'leaf inter', ['3 0 0 junk']],
	['unknown usage', unusable => 'leaf inter', ['4 1 1 leaf']],
	['unknown selector', unusable => 'leaf inter', ['3 2 1 leaf']],
	['rollover', yes => 'leaf inter', ['3 1 1 other', '3 1 1 leaf']],
	['TA that is the certificate itself', no => 'leaf inter', ['2 0 1 leaf']],

	['TA, self-signed certificate in full', no => 'self', ['2 0 0 self']],
	['TA, self-signed certificate by its key', yes => 'self', ['2 1 0 self']],
	['TA, self-signed certificate sent twice', no => 'self self', ['2 0 1 self']],
	['2 1 0, expired certificate', no => 'old inter', ['2 1 0 root']],
	['2 1 0 of another', no => 'leaf inter', ['2 1 0 evil']],

	['name constraint: others', no => 'bybound bound root', ['2 1 1 root']],
	['name constraint: the anchor itself has it', no => 'bybound bound', ['2 0 1 bound']],
	['name constraint: permitted', yes => 'byfree free root', ['2 1 1 root']],
	['name constraint: excluded', no => 'byshut shut root', ['2 1 1 root']],
	['name constraint: CN only', no => 'cnbound bound root', ['2 1 1 root']],
	['a path that is too long', no => 'bybeyond beyond short', ['2 1 1 short']],
	['a signature by SHA-1', no => 'sha1 inter root', ['2 1 1 root']],
	['an address for a name', no => 'address inter root', ['2 1 1 root'], undef, '192.0.2.1'],

	['seven anchors that have signed nothing', yes => "leaf inter root @crowd[0 .. 6]",
		[(map { "2 0 1 $_" } @crowd[0 .. 6]), '2 0 1 root']],
	['twelve of them, and nobody has patience', no => "leaf inter root @crowd",
		[(map { "2 0 1 $_" } @crowd), '2 0 1 root'], 'it has no ceiling'],
);

make_certificates();
my $differ = 0;
for (@cases) {
	my ($what, $expected, $chain, $records, $why, @names) = @$_;
	my @records = map { record($_) } @$records;
	my @chain = split ' ', $chain;
	@names = ('mx.example.org') unless @names;
	my $ours = our_verdict(\@chain, \@records, \@names);
	my $theirs = their_verdict(\@chain, \@records, \@names);
	like($ours, qr/^$expected\b/, "$what: $ours") or diag(join "\n", @records);
	if ($why) {
		isnt($theirs, $expected, "OpenSSL differs: $why");
		$differ++;
	} else {
		is($theirs, $expected, "OpenSSL agrees: $what");
	}
}
note(scalar(@cases) . " cases, OpenSSL differs in $differ");
done_testing();
