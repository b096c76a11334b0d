#!/usr/bin/env bats
# Reports on TLS (RFC 8460): what deliveries keep, and what --tlsrpt makes of it.

load helper
load security

# There is none in this lab.
forget_postfix() { :; }

setup() {
	[ -z "$LAB_REFUSED" ] || skip "$LAB_REFUSED"
	letter=$BATS_TEST_TMPDIR/letter
	write_letter >"$letter"
	rm -f "$LAB"/mail/*.test/*
	setup_security
	kept=$BATS_TEST_TMPDIR/kept
	mkdir "$kept"
}

# ---- doing ----

# deliver ARGUMENT...: the letter to bob@example.test by the facts, kept in $kept.
deliver() {
	mail -O tlsrpt-directory="$kept" "$@"
}

# What was kept becomes that of yesterday.
a_day_later() {
	local file
	for file in "$kept"/*.[0-9]*; do
		mv "$file" "$kept/$(date -u -d yesterday +%F).${file##*.}"
	done
}

# rua DOMAIN URI[,URI]: who wants reports about this domain.
rua() { echo "_smtp._tls.$1 TXT \"v=TLSRPTv1; rua=$2\"" >>"$facts"; }

# report ARGUMENT...: the reports of yesterday.
report() {
	run --separate-stderr send --facts "$facts" -O ca-file="$LAB/tls/ca.pem" -O tlsrpt-directory="$kept" \
		--tlsrpt yesterday "$@"
	echo "exit status $status" && echo "stdout: $output" && echo "stderr: $stderr"
}

# ---- expecting ----

# kept FILTER: a python expression over "lines", all that was kept, is true.
kept() {
	cat "$kept"/*.[0-9]* 2>/dev/null | python3 -c 'import json, sys
lines = [json.loads(line) for line in sys.stdin]
print(*lines, sep="\n")
sys.exit(not eval("(" + sys.argv[1] + ")"))' "$1" || { echo "expected to be kept: $1"; return 1; }
}

# kept_one TYPE RESULT [REGEX]: just this one result ("" for a success), for this reason.
kept_one() {
	kept 'len(lines) == 1 and lines[0]["policy-domain"] == "example.test" and lines[0]["policy-type"] == "'"$1"'"'
	kept 'lines[0].get("result-type", "") == "'"$2"'"'
	[ -z "${3:-}" ] || kept '__import__("re").search(r"""'"$3"'""", lines[0]["failure-reason-code"])'
	rm -f "$kept"/*
}

kept_nothing() {
	[ -z "$(ls -A "$kept")" ] || { cat "$kept"/*; return 1; }
}

# report_is FILTER FILE: the file is a report as RFC 8460 4.4 and 5.2 want it; the python expression over "r", the
# report, and "p", its policies by type, is true.
report_is() {
	python3 - "$@" <<-'END'
		import json, re, sys
		with open(sys.argv[2], encoding="utf-8") as file:
		    r = json.load(file)
		print(json.dumps(r, indent=1))
		moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
		def text(x): return isinstance(x, str) and x
		def texts(x): return isinstance(x, list) and x and all(map(text, x))
		def count(x): return type(x) is int and x >= 0
		def keys(x, must, may): return must <= set(x) <= must | may
		assert keys(r, {"organization-name", "date-range", "contact-info", "report-id", "policies"}, set())
		assert text(r["organization-name"]) and "@" in r["contact-info"] and "@" in r["report-id"]
		assert keys(r["date-range"], {"start-datetime", "end-datetime"}, set())
		assert all(re.fullmatch(moment, m) for m in r["date-range"].values())
		assert r["date-range"]["start-datetime"][:10] == r["date-range"]["end-datetime"][:10]
		results = {"starttls-not-supported", "certificate-host-mismatch", "certificate-expired",
		           "certificate-not-trusted", "validation-failure", "tlsa-invalid", "dnssec-invalid",
		           "dane-required", "sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid"}
		assert r["policies"]
		for one in r["policies"]:
		    assert keys(one, {"policy", "summary"}, {"failure-details"})
		    policy, summary, details = one["policy"], one["summary"], one.get("failure-details", [])
		    assert keys(policy, {"policy-type", "policy-domain"}, {"policy-string", "mx-host"})
		    assert policy["policy-type"] in {"tlsa", "sts", "no-policy-found"} and text(policy["policy-domain"])
		    assert all(texts(policy[key]) for key in ("policy-string", "mx-host") if key in policy)
		    assert keys(summary, {"total-successful-session-count", "total-failure-session-count"}, set())
		    assert all(map(count, summary.values()))
		    for detail in details:
		        assert keys(detail, {"result-type", "failed-session-count"},
		                    {"sending-mta-ip", "receiving-mx-hostname", "receiving-ip", "failure-reason-code"})
		        assert detail["result-type"] in results and count(detail["failed-session-count"])
		        assert all(text(value) for key, value in detail.items() if key != "failed-session-count")
		    assert sum(d["failed-session-count"] for d in details) == summary["total-failure-session-count"]
		p = {one["policy"]["policy-type"]: one for one in r["policies"]}
		sys.exit(not eval("(" + sys.argv[1] + ")"))
	END
}

# unpack FILE: the report in a mail, checked as RFC 8460 5.3 describes it, to $BATS_TEST_TMPDIR/report.
unpack() {
	python3 - "$1" "$BATS_TEST_TMPDIR/report" <<-'END'
		import email, email.policy, gzip, re, sys
		with open(sys.argv[1], "rb") as file:
		    mail = email.message_from_binary_file(file, policy=email.policy.SMTP)
		print(mail)
		assert mail["TLS-Report-Domain"] == "example.test" and mail["TLS-Report-Submitter"] == "client.sender.test"
		assert mail["TLS-Required"] == "No" and mail["Date"] and mail["Message-ID"]
		assert re.fullmatch(r"Report Domain: example\.test Submitter: client\.sender\.test Report-ID: <[^>]+@[^>]+>", mail["Subject"])
		assert mail.get_content_type() == "multipart/report" and mail.get_param("report-type") == "tlsrpt"
		words, report = mail.get_payload()
		assert words.get_content_type() == "text/plain"
		assert report.get_content_type() == "application/tlsrpt+gzip"
		assert re.fullmatch(r"client\.sender\.test!example\.test!\d+!\d+\.json\.gz", report.get_filename())
		with open(sys.argv[2], "wb") as out:
		    out.write(gzip.decompress(report.get_payload(decode=True)))
	END
}

# ---- what is kept ----

@test "no policy: TLS is a success, a handshake that fails is none, no TLS at all is nothing" {
	exchanger good.mx.test 192.0.2.110
	echo '_mta-sts.example.test TXT "nothing"' >>"$facts"
	deliver
	exits 0
	kept 'lines[0]["sending-mta-ip"] == "192.0.2.1" and lines[0]["receiving-ip"] == "192.0.2.110"'
	kept 'lines[0]["receiving-mx-hostname"] == "good.mx.test"'
	kept_one no-policy-found ''
	secure_facts
	exchanger closing.mx.test 192.0.2.118
	deliver
	exits 0
	kept_one no-policy-found validation-failure 'closed the connection'
	secure_facts
	exchanger mx.glued.test 192.0.2.19
	deliver
	kept_one no-policy-found validation-failure
	secure_facts
	exchanger plain.mx.test 192.0.2.116
	deliver
	exits 0
	kept_nothing
}

@test "DANE: success and failure, with the records" {
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	deliver
	exits 0
	kept 'lines[0]["policy-string"][0].startswith("3 1 1 ") and len(lines[0]["policy-string"][0]) == 70'
	kept_one tlsa ''
	secure_facts
	exchanger good.mx.test 192.0.2.110 '3 1 1 stranger'
	deliver
	exits 75
	kept_one tlsa validation-failure 'no TLSA record matches'
	secure_facts
	exchanger plain.mx.test 192.0.2.116 '3 1 1 good'
	deliver
	exits 75
	kept_one tlsa starttls-not-supported 'does not offer'
}

@test "DANE: records of no use, records that are forged, none where we demand them" {
	exchanger good.mx.test 192.0.2.110 '1 0 1 good'
	deliver
	exits 0
	kept 'lines[0]["policy-string"][0].startswith("1 0 1 ")'
	kept_one tlsa tlsa-invalid 'no usable kind'
	secure_facts
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	sed -i '1i;! security bogus _25._tcp.good.mx.test' "$facts"
	deliver
	exits 75
	nobody_contacted
	kept 'lines[0]["receiving-mx-hostname"] == "good.mx.test" and "receiving-ip" not in lines[0]'
	kept_one tlsa dnssec-invalid
	secure_facts
	exchanger good.mx.test 192.0.2.110
	deliver --tls dane-only
	exits 75
	kept_one no-policy-found dane-required
}

@test "MTA-STS in testing: delivered, and judged as if it were meant" {
	local row host address result reason
	for row in 'good 110 - ' 'elsewhere 113 certificate-host-mismatch not.for' 'expired 112 certificate-expired expired' \
		'stranger 114 certificate-not-trusted .' 'plain 116 starttls-not-supported .' \
		'closing 118 validation-failure closed'; do
		read -r host address result reason <<<"$row"
		secure_facts
		exchanger "$host.mx.open.test" "192.0.2.$address"
		policy testing "$host.mx.open.test"
		deliver
		exits 0
		took "$host.mx.test" 1
		kept 'lines[0]["mx-host"] == ["'"$host"'.mx.open.test"] and "mode: testing" in lines[0]["policy-string"]'
		kept_one sts "${result#-}" "$reason"
	done
	secure_facts
	exchanger good.mx.open.test 192.0.2.110
	policy testing other.example
	deliver
	exits 0
	kept_one sts validation-failure 'does not name it'
}

@test "MTA-STS enforced: what was refused, before and after connecting" {
	exchanger good.mx.open.test 192.0.2.110
	policy enforce good.mx.open.test
	deliver
	exits 0
	kept_one sts ''
	secure_facts
	exchanger elsewhere.mx.open.test 192.0.2.113
	policy enforce '*.mx.open.test'
	deliver
	exits 75
	kept_one sts certificate-host-mismatch 'not for'
	secure_facts
	exchanger good.mx.open.test 192.0.2.110
	policy enforce other.example
	deliver
	exits 75
	nobody_contacted
	kept_one sts validation-failure 'does not name it'
}

@test "MTA-STS: a policy that cannot be had is told, beside the session without one" {
	exchanger good.mx.open.test 192.0.2.110
	cat >>"$facts" <<-'END'
		_mta-sts.example.test TXT "v=STSv1; id=1"
		mta-sts.example.test A 192.0.2.150
		;! no-policy mta-sts.example.test "nobody is at home"
	END
	deliver
	exits 0
	kept 'len(lines) == 2 and lines[0]["policy-type"] == "sts" and lines[0]["result-type"] == "sts-policy-fetch-error"'
	kept '"at home" in lines[0]["failure-reason-code"]'
	kept 'lines[1]["policy-type"] == "no-policy-found" and "result-type" not in lines[1]'
}

@test "two domains on one connection: a result for each, by its own policy" {
	exchanger elsewhere.mx.open.test 192.0.2.113
	policy testing elsewhere.mx.open.test
	echo 'second.test MX 10 elsewhere.mx.open.test' >>"$facts"
	deliver bob@second.test
	exits 0
	[ "$(talks elsewhere.mx.test ' \+ ')" = 1 ]
	kept 'sorted((l["policy-domain"], l["policy-type"], l.get("result-type")) for l in lines) == [
		("example.test", "sts", "certificate-host-mismatch"), ("second.test", "no-policy-found", None)]'
}

@test "not kept: dry runs, probes, routes and levels of our own, messages that want no TLS" {
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	deliver --dry-run=rcpt
	exits 0
	deliver --probe=rcpt
	exits 0
	kept_nothing
	deliver --route example.test=good.mx.test
	exits 0
	deliver --tls may
	exits 0
	sed -i '1iTLS-Required: No' "$letter"
	deliver
	exits 0
	kept_nothing
}

@test "kept: deliveries of -bs, once and not for each command" {
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	printf '%s\r\n' 'HELO me' 'MAIL FROM:<alice@sender.test>' 'RCPT TO:<bob@example.test>' DATA 'Subject: hello' '' . QUIT |
		send --facts "$facts" -O tlsrpt-directory="$kept" -bs
	took good.mx.test 1
	kept_one tlsa ''
}

@test "many deliveries at once: each result is a whole line" {
	local i
	for ((i = 1; i <= 40; i++)); do
		printf '%s\n' "d$i.test MX 10 h$i.test" "h$i.test A 192.0.2.110" >>"$facts"
		set -- "$@" "bob@d$i.test"
	done
	try --facts "$facts" -O tlsrpt-directory="$kept" "$@"
	exits 0
	kept 'len({line["policy-domain"] for line in lines}) == 40 == len(lines)'
}

@test "a directory that cannot be written harms nobody; -v tells once" {
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	try --facts "$facts" -O tlsrpt-directory=/nowhere bob@example.test
	exits 0
	silent
	try -v --facts "$facts" -O tlsrpt-directory=/nowhere bob@example.test carol@example.test
	exits 0
	[ "$(grep -c '^TLSRPT -- nothing is kept in /nowhere: No such file or directory$' <<<"$output")" = 1 ]
	took good.mx.test 2
}

@test "what bears our name and is another's is not written to" {
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	deliver
	local file=("$kept"/*)
	ln "${file[0]}" "$BATS_TEST_TMPDIR/linked"
	deliver
	exits 0
	kept 'len(lines) == 1'
}

# ---- what is made of it ----

# Two results for example.test, one of them bad, both of yesterday.
two_results() {
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	deliver
	secure_facts
	exchanger good.mx.test 192.0.2.110 '3 1 1 stranger'
	deliver
	a_day_later
	rm -f "$LAB"/mail/*.test/*
}

@test "--dry-run: the report is printed, nothing is sent, nothing is removed" {
	two_results
	rua example.test mailto:tls@example.test
	report --dry-run
	exits 0
	echo "$output" >"$BATS_TEST_TMPDIR/report"
	report_is 'len(r["policies"]) == 2 and r["organization-name"] == "client.sender.test"' "$BATS_TEST_TMPDIR/report"
	report_is 'sum(one["summary"]["total-successful-session-count"] for one in r["policies"]) == 1' "$BATS_TEST_TMPDIR/report"
	nobody_contacted
	kept 'len(lines) == 2'
	report --dry-run --json
	exits 0
	json 'of("tlsrpt")[0]["report"]["contact-info"].endswith("@client.sender.test") and of("summary")[0]["exit"] == 0'
}

@test "by mail: arrives although the domain's TLSA records are wrong, and the day is done" {
	two_results
	rua example.test mailto:tls@example.test
	report -f postmaster@sender.test
	exits 0
	[ -z "$output$stderr" ]
	took good.mx.test 1
	envelope good.mx.test '^from <postmaster@sender\.test>'
	envelope good.mx.test '^to <tls@example\.test>'
	unpack "$LAB"/mail/good.mx.test/*.eml
	report_is 'r["contact-info"] == "postmaster@sender.test" and all(
		one["policy"]["policy-domain"] == "example.test" for one in r["policies"])' "$BATS_TEST_TMPDIR/report"
	report_is '[d["result-type"] for one in r["policies"] for d in one.get("failure-details", [])] == ["validation-failure"]' \
		"$BATS_TEST_TMPDIR/report"
	kept_nothing
	report
	exits 0
	took good.mx.test 1
}

@test "by HTTPS" {
	two_results
	rua example.test https://mta-sts.testing.open.test/reports
	echo 'mta-sts.testing.open.test A 192.0.2.150' >>"$facts"
	report --json
	exits 0
	json 'of("result")[0]["recipient"] == "https://mta-sts.testing.open.test/reports"'
	json 'of("result")[0]["outcome"] == "delivered" and of("summary")[0]["delivered"] == 1'
	[ "$(cat "$LAB/policies/posted.type")" = application/tlsrpt+gzip ]
	gunzip <"$LAB/policies/posted" >"$BATS_TEST_TMPDIR/report"
	report_is 'len(r["policies"]) == 2' "$BATS_TEST_TMPDIR/report"
	kept_nothing
}

@test "one way of two is closed: told, the day is kept, and another run sends only what is missing" {
	two_results
	rua example.test mailto:tls@example.test,https://mta-sts.testing.open.test/reports
	echo 'mta-sts.testing.open.test A 192.0.2.150' >>"$facts"
	: >"$LAB/policies/down"
	report
	exits 75
	complains '^sendmx: https://mta-sts\.testing\.open\.test/reports: 4\.4\.1 the report for example\.test: '
	took good.mx.test 1
	kept 'len(lines) == 2'
	rm "$LAB/policies/down"
	report
	exits 0
	took good.mx.test 1
	[ -s "$LAB/policies/posted" ]
	kept_nothing
}

@test "refused for good is done, too; put off is not" {
	two_results
	rua example.test mailto:tls+550@example.test
	report
	exits 67
	complains '^sendmx: tls\+550@example\.test: '
	kept_nothing
	secure_facts
	two_results
	rua example.test mailto:tls+451@example.test
	report
	exits 75
	kept 'len(lines) == 2'
}

@test "who cannot be asked may have wanted one; who wants none is done" {
	two_results
	sed -i '1i;! servfail _smtp._tls.example.test' "$facts"
	report
	exits 75
	complains '_smtp\._tls\.example\.test'
	kept 'len(lines) == 2'
	sed -i 1d "$facts"
	report -v
	exits 0
	says '^TLSRPT -- .*: 0 reports are asked for, 0 put off$'
	nobody_contacted
	kept_nothing
}

@test "--tlsrpt asks for a directory, a day that is over, and no addresses" {
	run --separate-stderr send --tlsrpt yesterday
	exits 78
	complains 'tlsrpt-directory'
	run --separate-stderr send -O tlsrpt-directory="$kept" --tlsrpt 2026-02-30
	exits 64
	complains 'wants a day'
	run --separate-stderr send -O tlsrpt-directory="$kept" --tlsrpt "$(date -u +%F)"
	exits 64
	complains 'not over'
	report bob@example.test
	exits 64
	run --separate-stderr send -O tlsrpt-directory=/nowhere --tlsrpt yesterday
	exits 74
	complains '^sendmx: cannot read /nowhere: No such file or directory$'
	report
	exits 0
	[ -z "$output$stderr" ]
}
