#!/usr/bin/env perl
# The judge of JSON finds what is wrong: without this, a schema that lets everything pass would go unnoticed.
use strict;
use warnings;
use File::Temp qw(tempfile);
use FindBin;
use Test::More;

my $error = '{"type":"error","text":"no","exit":64}';
my $result = '{"type":"result","recipient":"b@x.example","outcome":"failed","status":"5.1.1","stage":"rcpt","text":"no"';
my $dns = '"dns":{"questions":1,"packets":1,"tcp":0,"retries":0,"most_in_flight":1}';
my $sums = '"delivered":0,"deferred":0,"failed":%d,"uncertain":0,"queued":0,"would_deliver":0,"exit":%d,"ms":1';

sub summary { sprintf "{\"type\":\"summary\",$sums,$dns}", @_ }

# Complaints about these lines, and how it ended.
sub judge {
	my (@lines) = @_;
	my ($file, $path) = tempfile(UNLINK => 1);
	print $file map { "$_\n" } @lines;
	close $file;
	my $said = `'$FindBin::Bin/validate' '$path' 2>&1`;
	return ($said, $? >> 8);
}

my ($said, $end) = judge($error, "$result}", summary(1, 67));
plan skip_all => $said if $end == 77;
is($end, 0, 'a good run') or diag($said);

for (
	['no JSON', '{"type":', 'Expecting'],
	['not UTF-8', "{\"type\":\"error\",\"text\":\"\xff\",\"exit\":64}", 'decode'],
	['a key twice', '{"type":"error","text":"a","text":"b","exit":64}', 'twice'],
	['no type', '{"text":"a"}', "'type' is a required"],
	['an unknown type', '{"type":"weather"}', 'weather'],
	['an unknown key', '{"type":"error","text":"a","exit":64,"mood":"bad"}', 'mood'],
	['a key too few', '{"type":"error","text":"a"}', "'exit' is a required"],
	['a control byte', '{"type":"error","text":"a\u001b","exit":64}', 'should not be valid|is not allowed'],
	['turned text', '{"type":"error","text":"a\u202e","exit":64}', 'should not be valid|is not allowed'],
	['a strange exit status', '{"type":"error","text":"a","exit":1}', 'is not one of'],
	['failed with a temporary code', $result =~ s/5\.1\.1/4.1.1/r . '}', 'does not match'],
	['a reply of nobody', "$result,\"reply\":550}", 'host'],
	) {
	my ($name, $line, $complaint) = @$_;
	my ($words, $exit) = judge($line);
	ok($exit == 1 && $words =~ /$complaint/, $name) or diag("$exit: $words");
}
for (
	['a run without its summary', ["$result}"], 'without its summary'],
	['sums that are wrong', ["$result}", summary(2, 67)], 'counts 2 failed, there are 1'],
	['success with a failure', ["$result}", summary(1, 0)], 'exit status 0'],
	['two results for one', ["$result}", "$result}", summary(2, 67)], 'has 2 results'],
	['a server where nobody was', ["$result,\"reply\":550,\"host\":\"h\",\"address\":\"192.0.2.1\"}", summary(1, 67)], 'where nobody was'],
	) {
	my ($name, $lines, $complaint) = @$_;
	my ($words, $exit) = judge(@$lines);
	ok($exit == 1 && $words =~ /$complaint/, $name) or diag("$exit: $words");
}
done_testing();
