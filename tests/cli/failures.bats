#!/usr/bin/env bats
# Exchangers that fail, and who is tried next for whom; verdicts and exit status (RULES.md B and E).

load helper

# ---- before the envelope: the next exchanger ----

@test "nobody listens at the best exchanger: the next one" {
	try bob@fallback.test
	exits 0
	silent
	letter_at mx2.fallback.test
}

@test "the best exchanger is a black hole: the next one, soon" {
	try --json bob@blackhole.test
	exits 0
	letter_at mx2.blackhole.test
	json '3000 <= lines[-1]["ms"] < 10000'
}

@test "B3: the best exchanger takes the connection and never greets: the next one, soon" {
	try --json bob@mutefirst.test
	exits 0
	letter_at mx2.fallback.test
	json '[(r["host"], r["stage"]) for r in of("attempt")] == [("mx2.fallback.test", "done"), ("mx.mute.test", "greeting")]'
	json '10000 <= lines[-1]["ms"] < 20000'
}

@test "nobody listens at the only exchanger" {
	try bob@refused.test
	exits 75
	complains '^sendmx: bob@refused\.test: 4\.4\.1 .*(refused|192\.0\.2\.98)'
}

@test "B3: the only exchanger is a black hole: --timeout ends it" {
	SECONDS=0
	try --timeout 3 bob@hole.test
	exits 75
	complains '^sendmx: bob@hole\.test: 4\.4\.[17] '
	[ "$SECONDS" -lt 15 ]
}

@test "B4: greeting 554: the next one" {
	try bob@greet554.test
	exits 0
	letter_at mx2.greet554.test
	talked_not mx1.greet554.test ' C: (EHLO|MAIL)'
}

@test "B4: greeting 421: the next one" {
	try bob@greet421.test
	exits 0
	letter_at mx2.greet421.test
	talked_not mx1.greet421.test ' C: MAIL'
}

@test "B4: greeting 554 and no other exchanger: what it said is told" {
	try bob@only554.test
	[ "$status" = 75 ] || [ "$status" = 69 ]
	complains '^sendmx: bob@only554\.test: .*mx1\.greet554\.test \[192\.0\.2\.41\].*554 5\.3\.2 no mail service here'
}

@test "B4: greeting 421 and no other exchanger" {
	try bob@only421.test
	exits 75
	complains '^sendmx: bob@only421\.test: 4\..*421 4\.3\.2 too busy'
}

@test "B3: a greeting that never comes" {
	SECONDS=0
	try --timeout 3 bob@mute.test
	exits 75
	complains '^sendmx: bob@mute\.test: 4\.4\.[27] '
	[ "$SECONDS" -lt 15 ]
}

# ---- in the envelope: each recipient his own verdict ----

@test "B13: 4xx to a recipient: the next exchanger for him alone" {
	try bob+451@partly.test carol@partly.test
	exits 0
	silent
	letter_at mx1.partly.test
	letter_at mx2.partly.test
	envelope mx1.partly.test '^to <carol@'
	envelope_not mx1.partly.test '^to <bob'
	envelope mx2.partly.test '^to <bob\+451@'
	envelope_not mx2.partly.test '^to <carol'
}

@test "4xx to a recipient at the only exchanger: 75, and what was delivered is told" {
	try bob+451@plain.test carol@plain.test
	exits 75
	complains '^sendmx: bob\+451@plain\.test: 4\.3\.0 mx\.plain\.test \[192\.0\.2\.10\] said: 451 4\.3\.0 try again later$'
	tells_delivered carol@plain.test
	envelope mx.plain.test '^to <carol@'
}

@test "B13: 5xx to a recipient: final, 67, and the others are delivered" {
	try bob+550@plain.test carol@plain.test
	exits 67
	complains '^sendmx: bob\+550@plain\.test: 5\.1\.1 mx\.plain\.test \[192\.0\.2\.10\] said: 550 5\.1\.1 no such user$'
	complains_not '^sendmx: carol@plain\.test: [45]'
	tells_delivered carol@plain.test
	letter_at mx.plain.test
	envelope mx.plain.test '^to <carol@'
	envelope_not mx.plain.test '^to <bob'
}

@test "5xx is final: the next exchanger is not asked" {
	try bob+550@partly.test
	exits 67
	[ "$(contacted)" = mx1.partly.test ]
	took mx1.partly.test 0
}

@test "E: what is refused otherwise is 69, by policy 77" {
	try bob+552@plain.test
	exits 69
	complains '^sendmx: bob\+552@plain\.test: 5\.2\.2 '
	try bob+554@plain.test
	exits 77
	complains '^sendmx: bob\+554@plain\.test: 5\.7\.1 '
}

@test "E: one put off among the refused: 75" {
	try bob+550@plain.test carol+451@plain.test dave+554@plain.test erin@plain.test
	exits 75
	[ "$(grep -Ec '^sendmx: [^ ]+: [45]\.' <<<"$stderr")" = 3 ]
	envelope mx.plain.test '^to <erin@'
}

@test "all recipients refused, with one flight: no message, 67" {
	try bob+550@flight.test carol+550@flightdata.test
	exits 67
	took mx.flight.test 0
	took mx.flightdata.test 0
}

@test "B5: 354 although no recipient was accepted: nothing is delivered" {
	try bob+550@eager.test
	exits 67
	took mx.eager.test 0
	talked mx.eager.test '\(content, 0 bytes\)'
}

@test "B5: DATA refused after accepted recipients is a verdict on them" {
	try bob@data554.test
	exits 77
	complains '^sendmx: bob@data554\.test: 5\.7\.1 mx\.data554\.test \[192\.0\.2\.58\] said: 554 5\.7\.1 no data from you$'
}

@test "the sender is refused" {
	try bob@mail550.test carol@mail550.test
	exits 77
	complains '^sendmx: bob@mail550\.test: 5\.7\.1 '
	complains '^sendmx: carol@mail550\.test: 5\.7\.1 '
}

@test "B4: 421 among the recipients: the next exchanger" {
	try bob@leave421.test
	exits 0
	letter_at mx2.leave421.test
}

# ---- in and after the content ----

@test "hangs up within the content: the next exchanger" {
	large_letter 20 >"$letter"
	try bob@cut.test
	exits 0
	letter_at mx2.cut.test
	took mx1.cut.test 0
}

@test "B15: hangs up after BDAT LAST: uncertain, 75, no other exchanger" {
	try bob@vanish.test
	exits 75
	complains '^sendmx: bob@vanish\.test: 4\.4\.2 .*([Mm]aybe|[Uu]ncertain|may have been)'
	[ "$(contacted)" = mx1.vanish.test ]
	talked mx1.vanish.test '\(content, [1-9][0-9]* bytes\)'
}

@test "B15: hangs up after the final dot: uncertain, 75, no other exchanger" {
	try --json bob@vanishdata.test
	exits 75
	json '[r["outcome"] for r in of("result")] == ["uncertain"]'
	json 'lines[-1]["uncertain"] == 1'
	[ "$(contacted)" = mx1.vanishdata.test ]
	[ "$(talks mx1.vanishdata.test ' \+ ')" = 1 ]
}

@test "the content is put off: 75" {
	try bob@content451.test
	exits 75
	complains '^sendmx: bob@content451\.test: 4\.3\.0 .*451 4\.3\.0 disk asleep$'
}

@test "the content is refused: every recipient, by its code" {
	try bob@content552.test carol@content552.test
	exits 69
	[ "$(grep -c 5.2.2 <<<"$stderr")" = 2 ]
	try bob@policy.test
	exits 77
}

# ---- B2: what is no reply ends the session; the next exchanger ----

ends_session() {
	try "bob@$1.test"
	exits 0
	letter_at mx.plain.test
	took "mx1.$1.test" 0
}

@test "B2: a NUL in a reply" { ends_session nul; }
@test "B2: a code that changes within a reply" { ends_session codes; }
@test "B2: a line without a code" { ends_session codeless; }
@test "B2: a bare LF within a reply" { ends_session barelf; }
@test "B2: a reply without end" { ends_session flood; }
@test "B2: a line of 6,000 bytes" { ends_session longline; }

@test "B2, B15: what is no reply while the content is on its way: uncertain, no other exchanger" {
	try bob@early.test
	exits 75
	complains '^sendmx: bob@early\.test: 4\.[45]\.[0-9] .*may have been delivered'
	took mx.plain.test 0
}

@test "what a server says cannot move the cursor" {
	try bob@esc.test
	exits 67
	complains '550 5\.1\.1 .*no.*user'
	[ -z "$(LC_ALL=C tr -d '\n -~\200-\377' <<<"$stderr")" ]
	iconv -f UTF-8 -t UTF-8 <<<"$stderr" >/dev/null
}

# ---- B20: slow for ever ----

cut_by_deadline() {
	SECONDS=0
	try --timeout 3 "$1"
	exits 75
	complains "^sendmx: $1: 4\.4\.[27] "
	[ "$SECONDS" -lt 15 ]
}

@test "B20: one byte each half second" { cut_by_deadline bob@drip.test; }

@test "B20: never reads the content" {
	large_letter 20 >"$letter"
	cut_by_deadline bob@deaf.test
}

@test "one that hangs does not harm the others" {
	try --timeout 3 bob@mute.test carol@plain.test dave@hole.test erin@tls.test
	exits 75
	letter_at mx.plain.test
	letter_at mx.tls.test
	complains '^sendmx: bob@mute\.test: 4\.'
	complains '^sendmx: dave@hole\.test: 4\.'
	tells_delivered carol@plain.test
	tells_delivered erin@tls.test
}
