#!/usr/bin/env bats
# Deliveries that succeed: the envelope, the bytes, what the server offers and how it is used (RULES.md B).

load helper

@test "plain delivery: silence, the letter byte for byte, the envelope, our name" {
	try -f alice@sender.test bob@plain.test
	exits 0
	silent
	letter_at mx.plain.test
	envelope mx.plain.test '^from <alice@sender\.test>'
	envelope mx.plain.test '^to <bob@plain\.test>'
	envelope mx.plain.test '^helo client\.sender\.test$'
	envelope mx.plain.test '^tls none$'
}

@test "the sender is the caller at this host unless told" {
	try bob@plain.test
	exits 0
	envelope mx.plain.test "^from <[^@<>]+@client\.sender\.test>"
}

@test "the null sender" {
	for null in '' '<>'; do
		try -f "$null" bob@plain.test
		exits 0
	done
	[ "$(grep -hc '^from <>' "$LAB"/mail/mx.plain.test/*.env)" = $'1\n1' ]
}

@test "-r and -fSENDER are -f SENDER" {
	try -r alice@sender.test bob@plain.test
	exits 0
	try -falice@sender.test bob@plain.test
	exits 0
	[ "$(grep -hc '^from <alice@sender\.test>' "$LAB"/mail/mx.plain.test/*.env)" = $'1\n1' ]
}

@test "IPv6 alone" {
	[ -e /proc/net/if_inet6 ] || skip 'no IPv6 here'
	try bob@six.test
	exits 0
	silent
	letter_at mx.six.test
}

@test "both families: one connection carries the message" {
	try bob@dual.test
	exits 0
	letter_at mx.dual.test
	[ "$(talks mx.dual.test ' C: MAIL ')" = 1 ]
}

@test "silent IPv6 does not hold up IPv4" {
	[ -e /proc/net/if_inet6 ] || skip 'no IPv6 here'
	try --json bob@halfdead.test
	exits 0
	letter_at mx.halfdead.test
	json 'lines[-1]["ms"] < 5000'
}

@test "B1: HELO where EHLO is unknown" {
	try bob@helo.test
	exits 0
	silent
	letter_at mx.helo.test
	talked mx.helo.test 'C: EHLO client\.sender\.test$'
	talked mx.helo.test 'C: HELO client\.sender\.test$'
	talked_not mx.helo.test 'C: MAIL FROM:.*(SIZE|BODY)='
}

@test "B5: envelope and DATA in one flight" {
	try bob@flightdata.test carol@flightdata.test
	exits 0
	letter_at mx.flightdata.test
	envelope mx.flightdata.test '^by DATA$'
}

@test "B5, B7: envelope and content in one flight with BDAT LAST" {
	try bob@flight.test carol@flight.test
	exits 0
	letter_at mx.flight.test
	envelope mx.flight.test '^by BDAT$'
}

@test "B6: without PIPELINING one command at a time" {
	try bob@old.test carol+550@old.test
	exits 67
	letter_at mx.old.test
	envelope mx.old.test '^by DATA$'
	talked_not mx.old.test '! spoke out of turn'
}

@test "B7: BDAT refused as unknown: DATA, in the same session" {
	try bob@nobdat.test
	exits 0
	letter_at mx.nobdat.test
	envelope mx.nobdat.test '^by DATA$'
	[ "$(talks mx.nobdat.test ' \+ ')" = 1 ]
}

@test "B8: SIZE= is sent, and it is the size" {
	try bob@plain.test
	exits 0
	envelope mx.plain.test "^from .* SIZE=$(content mx.plain.test | wc -c)( |$)"
}

@test "B8: a message above the offered SIZE is refused without sending it" {
	large_letter 1 >"$letter"
	try bob@small.test
	exits 65
	complains '^sendmx: bob@small\.test: 5\.3\.4 '
	talked_not mx.small.test ' C: (DATA|BDAT)'
	took mx.small.test 0
}

@test "B12: 452 after some recipients: the rest in the next transaction" {
	users 25 few.test
	try "${users[@]}"
	exits 0
	silent
	took mx.few.test 3
	[ "$(cat "$LAB"/mail/mx.few.test/*.env | grep '^to ' | sort -u | wc -l)" = 25 ]
	[ "$(talks mx.few.test ' \+ ')" = 1 ]
}

@test "B16: QUIT is sent" {
	try bob@plain.test
	exits 0
	until_true talked mx.plain.test ' C: QUIT'
}

@test "B17: lines with dots in DATA and in BDAT" {
	printf 'From: a@sender.test\nDate: Fri, 20 Nov 2026 12:00:00 +0000\nMessage-ID: <1@sender.test>\n\n.\n..\n.x\n\n.\n' >"$letter"
	try -i bob@plain.test carol@old.test
	exits 0
	letter_at mx.plain.test
	letter_at mx.old.test
}

@test "B17: nothing inside a message can end it" {
	# Every way to write an end of data that some server takes for one.
	{
		printf 'From: a@sender.test\r\nDate: Fri, 20 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@sender.test>\r\n\r\n'
		for end in '\n.\n' '\n.\r\n' '\r\n.\n' '\r.\r' '\r\n.\r' '\n.\r'; do
			printf 'x%bMAIL FROM:<eve@evil.test>\r\n' "$end"
		done
	} >"$letter"
	try -i bob@old.test
	exits 0
	took mx.old.test 1
	[ "$(talks mx.old.test ' C: MAIL ')" = 1 ]
	content mx.old.test >"$BATS_TEST_TMPDIR/got"
	python3 -c 'import re, sys
text = open(sys.argv[1], "rb").read()
sys.exit(bool(re.search(rb"\r(?!\n)|(?<!\r)\n", text)) or text.count(b"eve@evil.test") != 6)' "$BATS_TEST_TMPDIR/got"
}

@test "three domains with one exchanger: one connection" {
	try bob@red.test carol@green.test dave@blue.test erin@red.test
	exits 0
	silent
	[ "$(talks mx.shared.test ' \+ ')" = 1 ]
	for recipient in bob@red carol@green dave@blue erin@red; do
		envelope mx.shared.test "^to <$recipient\.test>"
	done
	[ "$(cat "$LAB"/mail/mx.shared.test/*.env | grep -c '^to ')" = 4 ]
}

@test "several domains at once, each at its own exchanger" {
	try bob@plain.test carol@tls.test dave@old.test erin@fallback.test
	exits 0
	silent
	for host in mx.plain mx.tls mx.old mx2.fallback; do
		letter_at "$host.test"
		[ "$(cat "$LAB"/mail/"$host".test/*.env | grep -c '^to ')" = 1 ]
	done
}

@test "--parallel 1: one after the other, all of them" {
	try --parallel 1 bob@plain.test carol@tls.test dave@old.test
	exits 0
	for host in mx.plain mx.tls mx.old; do
		letter_at "$host.test"
	done
}

@test "3,000 recipients in one flight against the smallest buffers" {
	users 3000 crowd.test
	try "${users[@]}"
	exits 0
	silent
	[ "$(cat "$LAB"/mail/mx.crowd.test/*.env | grep '^to ' | sort -u | wc -l)" = 3000 ]
}

@test "D7: 200 MB from a pipe, in little memory, over BDAT and DATA" {
	[ -z "$SAN" ] || skip 'a sanitizer needs memory of its own'
	local peak
	# The largest resident set of the children, in KiB.
	peak=$(large_letter 200 | tee >(sed 's/$/\r/' | sha256sum >"$BATS_TEST_TMPDIR/sum") |
		python3 -c 'import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)' "$LAB/client" "$SENDMX" bob@large.test carol@largedata.test)
	echo "peak: $peak KiB"
	[ "$peak" -lt 65536 ]
	for host in mx.large mx.largedata; do
		[ "$(cut -c1-64 "$LAB/mail/$host.test/1.digest")" = "$(cut -c1-64 "$BATS_TEST_TMPDIR/sum")" ]
	done
}

@test "--json: attempts, results and summary of a real run" {
	try --json bob@plain.test carol+550@plain.test
	exits 67
	json 'sorted((r["recipient"], r["outcome"]) for r in of("result")) ==
		[("bob@plain.test", "delivered"), ("carol+550@plain.test", "failed")]'
	json '[(r["status"], r["reply"], r["host"], r["address"], r["tls"]) for r in of("result") if r["outcome"] == "failed"] ==
		[("5.1.1", 550, "mx.plain.test", "192.0.2.10", "none")]'
	json 'of("attempt")[0]["host"] == "mx.plain.test" and of("attempt")[0]["port"] == 25'
	json 'lines[-1]["type"] == "summary"'
	json '{k: lines[-1][k] for k in ("delivered", "failed", "deferred", "uncertain", "queued", "exit")} ==
		{"delivered": 1, "failed": 1, "deferred": 0, "uncertain": 0, "queued": 0, "exit": 67}'
}

@test "-v shows the conversation and hides the content" {
	try -v bob@plain.test
	exits 0
	says 'EHLO client\.sender\.test'
	says 'RCPT TO:<bob@plain\.test>'
	says '250 2\.0\.0 taken'
	says_not 'Dear Bob'
}
