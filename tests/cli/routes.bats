#!/usr/bin/env bats
# Where mail goes: real name servers, the dry run, exit status (RULES.md A and E).

load helper

# plan ARGUMENT...: a dry run, during which nobody may be contacted.
plan() {
	try --dry-run "$@"
	nobody_contacted
}

@test "A1: hosts come by ascending preference, with their addresses" {
	plan bob@fallback.test
	exits 0
	before mx1.fallback.test mx2.fallback.test
	says '192\.0\.2\.98'
	says '192\.0\.2\.12'
	[ -z "$stderr" ]
}

@test "A2: without MX the domain itself is the exchanger" {
	plan bob@implicit.test
	exits 0
	says '192\.0\.2\.13'
	try bob@implicit.test
	exits 0
	letter_at implicit.test
}

@test "A3: a dangling MX is not replaced by the domain's own address" {
	plan bob@dangling.test
	exits 68
	says 'gone\.dangling\.test'
	says_not '192\.0\.2\.10'
	try bob@dangling.test
	exits 68
	complains '^sendmx: bob@dangling\.test: 5\.4\.4 .*gone\.dangling\.test'
	nobody_contacted
}

@test "a domain with neither exchanger nor address is a host that cannot be found" {
	plan bob@empty.test
	exits 68
}

@test "A4: null MX fails at once" {
	plan bob@nullmx.test
	exits 68
	says '5\.1\.10'
	try bob@nullmx.test
	exits 68
	complains '^sendmx: bob@nullmx\.test: 5\.1\.10 '
	nobody_contacted
}

@test "A5: a dot among other exchangers is left out, the others stand" {
	plan --json bob@nulltoo.test
	exits 0
	json '[host["host"] for host in of("route")[0]["hosts"]] == ["mx.plain.test"]'
	json 'of("route")[0]["excluded"][0]["reason"]'
	try bob@nulltoo.test
	exits 0
	letter_at mx.plain.test
}

@test "A6: an alias domain is followed, and the recipient is not rewritten" {
	plan bob@alias.test
	exits 0
	says 'mx\.plain\.test'
	try bob@alias.test
	exits 0
	envelope mx.plain.test '^to <bob@alias\.test>'
}

@test "A6: a loop of aliases is a routing loop, not a temporary fault" {
	plan --resolver 192.0.2.54 bob@loop.test
	exits 69
	says '5\.4\.6'
}

@test "A6: an alias to a name that does not exist" {
	plan bob@lost.test
	exits 68
}

@test "A7: an exchanger that is an alias is tolerated" {
	plan bob@mxalias.test
	exits 0
	says 'mail\.mxalias\.test'
	says '192\.0\.2\.10'
	try bob@mxalias.test
	exits 0
	letter_at mx.plain.test
}

@test "A8: an exchanger that is an IP address is left out, with a reason" {
	plan --json bob@number.test
	exits 68
	json 'of("route")[0]["hosts"] == []'
	json '"192.0.2.10" in of("route")[0]["excluded"][0]["host"]'
	json 'of("route")[0]["excluded"][0]["reason"]'
}

@test "A9: a domain that does not exist" {
	plan bob@nothere.test
	exits 68
	says '5\.1\.2'
	try bob@nothere.test
	exits 68
	complains '^sendmx: bob@nothere\.test: 5\.1\.2 '
}

@test "A10: SERVFAIL is temporary and named with question, server and rcode" {
	plan bob@servfail.test
	exits 75
	try bob@servfail.test
	exits 75
	complains '^sendmx: bob@servfail\.test: 4\.4\.3 '
	complains 'servfail\.test'
	complains '192\.0\.2\.53'
	complains 'SERVFAIL'
	complains_not '[Nn]o such|not exist'
}

@test "A10: a name server that says nothing is temporary and named" {
	try --dry-run --resolver 192.0.2.99 --timeout 3 bob@plain.test
	exits 75
	says '4\.4\.3|4\.4\.7'
	says '192\.0\.2\.99'
	nobody_contacted
}

@test "A10: a zone whose own server is silent is temporary" {
	try --timeout 3 bob@timeout.test
	exits 75
	complains '^sendmx: bob@timeout\.test: 4\.4\.[37] '
}

@test "A12: we are the only exchanger" {
	plan bob@us.test
	exits 69
	says '5\.4\.6'
}

@test "A12: we are one of the exchangers: it and the lesser ones are left out" {
	plan --json bob@backup.test
	exits 0
	json '[host["host"] for host in of("route")[0]["hosts"]] == ["mx.plain.test"]'
	json '{"client.sender.test", "mx2.fallback.test"} == {left["host"] for left in of("route")[0]["excluded"]}'
}

@test "A13: an exchanger on a loopback address is left out unless allowed" {
	plan bob@inward.test
	exits 68
	plan --allow-loopback bob@inward.test
	exits 0
	says '127\.0\.0\.1'
}

@test "A14: an address in place of a domain" {
	try 'bob@[192.0.2.10]'
	exits 0
	envelope mx.plain.test '^to <bob@\[192\.0\.2\.10\]>'
}

@test "A14: an IPv6 address in place of a domain" {
	[ -e /proc/net/if_inet6 ] || skip 'no IPv6 here'
	try 'bob@[IPv6:2001:db8::10]'
	exits 0
	letter_at mx.plain.test
}

@test "A14: an unknown tag is a syntax error" {
	try 'bob@[X25:192.0.2.10]'
	exits 65
	nobody_contacted
}

@test "A15: a search list is never applied" {
	run with_resolv_conf $'nameserver 192.0.2.53\nsearch test\noptions ndots:5' "$SENDMX" bob@plain <"$letter"
	[ "$status" -eq 68 ]
	nobody_contacted
}

@test "A16: a Unicode domain is looked up as A-labels and told in both forms" {
	plan bob@bücher.test
	exits 68
	says 'bücher\.test'
	says 'xn--bcher-kva\.test'
}

@test "A17: 512 exchangers come by TCP and are all shown" {
	plan --json bob@many.test
	exits 0
	json '[host["preference"] for part in ("hosts", "excluded") for host in of("route")[0][part]] == list(range(1, 513))'
	json 'len(of("route")[0]["hosts"]) >= 5 and all(left["reason"] for left in of("route")[0]["excluded"])'
}

@test "A17: 512 exchangers, the first does not answer, the second does" {
	try bob@many.test
	exits 0
	letter_at mx.plain.test
}

@test "A19: an explicit route takes the place of MX" {
	try --route plain.test=mx.old.test bob@plain.test
	exits 0
	letter_at mx.old.test
	[ "$(contacted)" = mx.old.test ]
}

@test "A19: a route for everybody, by address" {
	try --route '*=[192.0.2.64]:25' bob@nullmx.test
	exits 0
	letter_at mx.old.test
}

@test "A19: a route mx:NAME takes that name's exchangers" {
	try --route nothere.test=mx:plain.test bob@nothere.test
	exits 0
	letter_at mx.plain.test
	envelope mx.plain.test '^to <bob@nothere\.test>'
}

@test "A20: a recipient named twice is named once to the server" {
	try bob@plain.test bob@PLAIN.test bob@plain.test
	exits 0
	took mx.plain.test 1
	[ "$(grep -hc '^to ' "$LAB"/mail/mx.plain.test/*.env)" = 1 ]
}

@test "A21: names that are none are a syntax error that says why" {
	for address in bob@plain..test "bob@$(printf 'x%.0s' {1..64}).test" bob@192.0.2.10; do
		try "$address"
		exits 65
		complains '5\.1\.3 .+'
	done
	nobody_contacted
}

@test "a first name server that refuses does not matter" {
	run --separate-stderr with_resolv_conf $'nameserver 192.0.2.98\nnameserver 192.0.2.53' \
		"$SENDMX" bob@plain.test <"$letter"
	exits 0
	silent
	letter_at mx.plain.test
}

@test "a first name server that is silent does not matter" {
	run --separate-stderr with_resolv_conf $'nameserver 192.0.2.99\nnameserver 192.0.2.53\noptions timeout:1' \
		"$SENDMX" bob@plain.test <"$letter"
	exits 0
	silent
	letter_at mx.plain.test
}

@test "a first name server that answers SERVFAIL does not matter" {
	run --separate-stderr with_resolv_conf $'nameserver 192.0.2.54\nnameserver 192.0.2.53' \
		"$SENDMX" bob@repaired.test <"$letter"
	exits 0
	silent
	letter_at mx.plain.test
}

@test "no name server answers at all: temporary, nobody is contacted" {
	run --separate-stderr with_resolv_conf 'nameserver 192.0.2.98' "$SENDMX" bob@plain.test <"$letter"
	exits 75
	complains '^sendmx: bob@plain\.test: 4\.4\.3 '
	nobody_contacted
}

@test "nobody has named a name server: it is said, and what to look at" {
	run --separate-stderr with_resolv_conf 'nameserver dns.example.org' "$SENDMX" bob@plain.test <"$letter"
	exits 75
	complains ': 4\.4\.3 127\.0\.0\.1 \(no name server is configured\) cannot be asked for MX plain\.test: Connection refused$'
	run --separate-stderr with_resolv_conf '' "$SENDMX" --check-resolver
	exits 75
	says '^no name server is configured'
	run --separate-stderr with_resolv_conf '' "$SENDMX" --show-config
	says '^resolver +\[127\.0\.0\.1\]:53 +# /etc/resolv\.conf names none$'
}

@test "--resolver with a port" {
	plan --resolver 192.0.2.54:53 bob@plain.test
	exits 0
	says '192\.0\.2\.10'
}

@test "--facts answers in place of the network" {
	printf '%s\n' 'what.example. 300 IN MX 7 mx.what.example.' \
		'mx.what.example. 300 IN A 192.0.2.123' >"$BATS_TEST_TMPDIR/facts"
	run --separate-stderr with_resolv_conf 'nameserver 192.0.2.98' \
		"$SENDMX" --dry-run --facts "$BATS_TEST_TMPDIR/facts" bob@what.example
	exits 0
	says 'mx\.what\.example'
	says '192\.0\.2\.123'
	nobody_contacted
}

@test "a dry run needs no message and does not wait for one" {
	mkfifo "$BATS_TEST_TMPDIR/nothing"
	exec 7<>"$BATS_TEST_TMPDIR/nothing"
	run send --dry-run --timeout 5 bob@plain.test <&7
	exec 7<&-
	[ "$status" -eq 0 ]
	nobody_contacted
}

@test "-bv is a dry run" {
	try -bv bob@plain.test
	exits 0
	says 'mx\.plain\.test'
	nobody_contacted
}

@test "a dry run with -t takes the recipients from the header" {
	plan -t <"$letter"
	exits 68 # example.test does not exist
	says 'bob@example\.test|example\.test'
}

@test "a dry run in JSON: routes, results, summary" {
	plan --json bob@fallback.test carol@nullmx.test dave@red.test erin@blue.test
	exits 68
	json 'all("type" in line for line in lines)'
	json 'len(of("route")) == 4'
	json '[host["preference"] for host in of("route")[0]["hosts"]] == [10, 20]'
	json 'of("route")[0]["hosts"][1]["addresses"] == ["192.0.2.12"]'
	json 'of("route")[0]["source"] == "mx" and of("route")[0]["outcome"] == "ok"'
	json '{r["recipient"]: r["outcome"] for r in of("result")} == {"bob@fallback.test": "would-deliver",
		"carol@nullmx.test": "failed", "dave@red.test": "would-deliver", "erin@blue.test": "would-deliver"}'
	json '[r["status"] for r in of("result") if r["recipient"] == "carol@nullmx.test"] == ["5.1.10"]'
	json 'lines[-1]["type"] == "summary" and lines[-1]["exit"] == 68 and lines[-1]["failed"] == 1'
}

@test "E: among several verdicts 75 comes first" {
	plan a@nullmx.test b@nothere.test c@servfail.test d@plain.test
	exits 75
	plan a@nullmx.test b@nothere.test d@plain.test
	exits 68
}

@test "the setting dnssec holds for the name servers of resolv.conf, too" {
	plan -O dnssec=validate bob@plain.test # whose root is not signed
	exits 75
	complains '4\.4\.3 .*DNSSEC'
	plan -O dnssec=off bob@plain.test
	exits 0
}
