#!/usr/bin/env bats
# Which TLS is owed, and that nothing less is taken for it: the rows of RULES.md C in delivery, by facts from a file.
# (../facts/c*.facts has the same rows as plans, security_dns.bats has them with real DNSSEC and HTTPS.)

load helper
load security
# shellcheck disable=SC2034 # helper.bash starts them
lab_servers=(postfix)

setup() {
	[ -z "$LAB_REFUSED" ] || skip "$LAB_REFUSED"
	letter=$BATS_TEST_TMPDIR/letter
	write_letter >"$letter"
	setup_security
}

# ---- DANE ----

@test "C1 DANE-EE: certificate or key, whole or as a digest" {
	local record
	for record in '3 1 1' '3 0 1' '3 0 2' '3 1 2' '3 0 0' '3 1 0'; do
		secure_facts
		exchanger good.mx.test 192.0.2.110 "$record good"
		mail
		delivered good.mx.test dane dane
		proof "^$record matches"
	done
}

@test "C1 DANE-TA: a root or an authority below it, sent by the server or only in the DNS" {
	local record
	for record in '2 0 1 ca' '2 1 1 inter' '2 0 2 inter' '2 1 2 ca'; do
		secure_facts
		exchanger good.mx.test 192.0.2.110 "$record"
		mail
		delivered good.mx.test dane dane
		proof "^${record% *} matches .*name good\.mx\.test"
	done
	for record in '2 0 0 ca' '2 1 0 ca'; do
		secure_facts
		exchanger second.mx.test 192.0.2.111 "$record"
		mail
		delivered second.mx.test dane dane
	done
}

@test "C1 DANE-TA: a digest of what the server does not send" {
	exchanger second.mx.test 192.0.2.111 '2 0 1 ca'
	mail
	refused 4.7.5 'second\.mx\.test \[192\.0\.2\.111\]: DANE: .*(not sent|no TLSA record|matches)'
	heard_no_mail second.mx.test
}

@test "C1 DANE: an expired certificate matters to DANE-TA, and not to DANE-EE; nor do names" {
	exchanger expired.mx.test 192.0.2.112 '3 1 1 expired'
	mail
	delivered expired.mx.test dane dane
	secure_facts
	exchanger some.other.test 192.0.2.113 '3 1 1 elsewhere'
	mail
	delivered some.other.test dane dane
	secure_facts
	exchanger expired.mx.test 192.0.2.112 '2 1 1 inter'
	mail
	refused 4.7.5 'expired\.mx\.test .*expired'
	heard_no_mail expired.mx.test
}

@test "C1 DANE-TA: the certificate is for the host or for the domain, else refused" {
	exchanger elsewhere.mx.test 192.0.2.113 '2 1 1 inter'
	mail
	refused 4.7.5 'elsewhere\.mx\.test .*www\.elsewhere\.test'
	heard_no_mail elsewhere.mx.test
	# hop.test is in its certificate, mail.hoster.test is not.
	echo 'hop.test MX 10 mail.hoster.test' >>"$facts"
	secure_host mail.hoster.test 192.0.2.110 '2 1 1 inter'
	run_on --facts "$facts" bob@hop.test
	delivered mail.hoster.test dane dane
	proof 'name hop\.test'
	echo 'pop.test MX 10 mail.hoster.test' >>"$facts"
	run_on --facts "$facts" bob@pop.test
	refused 4.7.5 'not for mail\.hoster\.test, but for'
	heard_no_mail good.mx.test
}

@test "C1 DANE: a record that does not match; the next exchanger has one that does" {
	exchanger good.mx.test 192.0.2.110 '3 1 1 stranger' '2 0 1 alien'
	mail
	exits 75
	refused 4.7.5 'good\.mx\.test \[192\.0\.2\.110\]: DANE: no TLSA record matches'
	heard_no_mail good.mx.test
	exchanger second.mx.test 192.0.2.111 '3 1 1 stranger' '3 1 1 good'
	mail
	delivered second.mx.test dane dane
	heard_no_mail good.mx.test
}

@test "C1 DANE: one address, two names: the second has the record that matches" {
	exchanger wrong.mx.test 192.0.2.110 '3 1 1 stranger'
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	mail
	delivered good.mx.test dane dane
	# A name to which less is owed is no way around the first.
	secure_facts
	exchanger wrong.mx.test 192.0.2.110 '3 1 1 stranger'
	exchanger other.mx.test 192.0.2.110
	mail
	refused 4.7.5 'wrong\.mx\.test .* no TLSA record matches'
}

@test "C1 DANE: no authority of ours is asked, and MTA-STS neither" {
	exchanger stranger.mx.test 192.0.2.114 '3 1 1 stranger'
	policy enforce other.example
	mail
	delivered stranger.mx.test dane dane
}

@test "C1 DANE with real Postfix" {
	lab_has postfix || skip "$LAB_REFUSED"
	exchanger passed.mx.test 192.0.2.124 '3 1 1 wide'
	mail
	delivered passed.mx.test dane dane
	until_true postfix_has 1
	# The certificate of this name came only because we asked for it by name, and nothing of the mail was to be seen.
	talked passed.mx.test 'C: STARTTLS'
	talked_not passed.mx.test 'C: MAIL'
}

@test "-v: what is owed, why, and what has proved it" {
	exchanger wrong.mx.test 192.0.2.110 '3 1 1 stranger'
	exchanger second.mx.test 192.0.2.111 '3 1 1 good'
	try -v --facts "$facts" bob@example.test
	exits 0
	says '^wrong\.mx\.test -- TLS: dane \(1 usable TLSA record, secure\)$'
	says '^wrong\.mx\.test -- no TLS: DANE: no TLSA record matches'
	says "^second\\.mx\\.test -- proved by dane: 3 1 1 matches the certificate's key\$"
	secure_facts
	exchanger plain.mx.test 192.0.2.116
	try -v --facts "$facts" bob@example.test
	says '^plain\.mx\.test -- TLS: opportunistic \(no DANE: no TLSA records; no MTA-STS\)$'
}

@test "C2 no usable TLSA record: TLS without a proof, and not without TLS" {
	exchanger stranger.mx.test 192.0.2.114 '1 0 1 good' '0 0 1 ca'
	mail
	delivered stranger.mx.test encrypt nothing
	secure_facts
	exchanger plain.mx.test 192.0.2.116 '1 0 1 good'
	mail
	refused 4.7.5 'plain\.mx\.test \[192\.0\.2\.116\]: the server does not offer STARTTLS, and TLS is owed: 1 TLSA record'
	heard_no_mail plain.mx.test
}

@test "C2 no usable TLSA record, and a policy that is stricter" {
	exchanger stranger.mx.test 192.0.2.114 '1 0 1 good'
	policy enforce '*.mx.test'
	mail
	refused 4.7.5 'stranger\.mx\.test '
	heard_no_mail stranger.mx.test
	exchanger good.mx.test 192.0.2.110 '1 0 1 good'
	mail
	delivered good.mx.test verify pkix
}

@test "C3 proven that there are no TLSA records, and no policy: opportunistic" {
	exchanger plain.mx.test 192.0.2.116
	mail
	delivered plain.mx.test none
	exchanger stranger.mx.test 192.0.2.114
	sed -i '/ plain\.mx\.test$/d' "$facts"
	mail
	delivered stranger.mx.test opportunistic nothing
}

# ---- MTA-STS ----

@test "C4 enforce: the certificate is good, and the host in the policy" {
	exchanger good.mx.test 192.0.2.110
	policy enforce good.mx.test
	mail
	delivered good.mx.test verify pkix
	proof '^valid for good\.mx\.test by the roots'
}

@test "C4 enforce: a certificate that proves nothing" {
	local host number=112
	for host in expired elsewhere stranger commonname; do
		secure_facts
		exchanger "$host.mx.test" 192.0.2.$number
		policy enforce '*.mx.test'
		mail
		exits 75
		refused 4.7.5 "$host\\.mx\\.test \\[192\\.0\\.2\\.$number\\]: "
		heard_no_mail "$host.mx.test"
		((number += 1))
	done
}

@test "C4 enforce: a host that the policy does not name is left out" {
	exchanger second.mx.test 192.0.2.111
	policy enforce good.mx.test
	mail
	refused 4.7.5 'second\.mx\.test: the domain.s MTA-STS policy does not name it'
	nobody_contacted
	exchanger good.mx.test 192.0.2.110
	mail
	delivered good.mx.test verify pkix
	[ "$(contacted)" = good.mx.test ]
	json 'of("route")[0]["excluded"][0]["host"] == "second.mx.test"'
}

@test "C5 testing: nothing is owed" {
	exchanger stranger.mx.test 192.0.2.114
	policy testing good.mx.test
	mail
	delivered stranger.mx.test opportunistic nothing
	json '"testing" in of("route")[0]["hosts"][0]["tls_reason"]'
}

# ---- what DNSSEC says ----

@test "C6 insecure MX, secure host: as dane-insecure-mx says" {
	exchanger wrong.mx.test 192.0.2.110 '3 1 1 stranger'
	echo ';! security insecure example.test MX "so it is"' >>"$facts"
	mail
	refused 4.7.5 'DANE: no TLSA record matches'
	mail -O dane-insecure-mx=ignore
	delivered wrong.mx.test opportunistic nothing
	mail --tls dane-only -O dane-insecure-mx=ignore
	refused 4.7.5 'DANE or nothing'
}

@test "C7 insecure addresses: opportunistic; a handshake that fails: once more in clear, and said" {
	exchanger closing.mx.test 192.0.2.118 '3 1 1 good'
	echo ';! security insecure closing.mx.test "so it is"' >>"$facts"
	mail
	exits 0
	json 'of("result")[0]["tls"] == "none"'
	json 'any(a.get("tls_trouble") for a in of("attempt"))'
	envelope closing.mx.test '^tls none$'
	talked_not closing.mx.test '^1 C: MAIL'
}

@test "C8 TLSA records that cannot be had: the host is left out" {
	local trouble
	exchanger good.mx.test 192.0.2.110
	cp "$facts" "$facts.before"
	for trouble in servfail refused timeout 'security bogus'; do
		cp "$facts.before" "$facts"
		echo ";! $trouble _25._tcp.good.mx.test TLSA" >>"$facts"
		[ "$trouble" != 'security bogus' ] || echo "_25._tcp.good.mx.test $(tlsa 3 1 1 good)" >>"$facts"
		mail
		exits 75
		refused 4.7.5 'good\.mx\.test: its TLSA records cannot be had: '
		nobody_contacted
	done
	exchanger second.mx.test 192.0.2.111 '3 1 1 good'
	mail
	delivered second.mx.test dane dane
	[ "$(contacted)" = second.mx.test ]
}

@test "C9 bogus MX records: nobody is contacted" {
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	echo ';! security bogus example.test MX "the signature has expired"' >>"$facts"
	mail
	exits 75
	refused 4.4.3 'MX example\.test is bogus \(DNSSEC\): the signature has expired'
	nobody_contacted
}

# ---- downgrades by somebody on the wire before a real Postfix ----

# attacked HOST ADDRESS REGEX: under DANE, under a policy, and where our user demands it, refused with these words.
attacked() {
	local host=$1 address=$2 words=$3
	exchanger "$host" "$address" '3 1 1 wide'
	mail
	refused 4.7.5 "$words"
	heard_no_mail "$host"
	secure_facts
	exchanger "$host" "$address"
	policy enforce "$host"
	mail
	refused 4.7.5 "$words"
	heard_no_mail "$host"
	mail --tls encrypt -O mta-sts=no
	[ "$host" = swapped.mx.test ] || refused 4.7.5 "$words"
	secure_facts
	exchanger "$host" "$address"
}

@test "downgrade: STARTTLS is stripped; opportunistic TLS does without" {
	lab_has postfix || skip "$LAB_REFUSED"
	attacked stripped.mx.test 192.0.2.120 'the server does not offer STARTTLS, and TLS is owed: '
	mail
	delivered stripped.mx.test none
	talked stripped.mx.test 'C: MAIL'
	until_true postfix_has 1
}

@test "downgrade: 454 to STARTTLS; opportunistic TLS does without" {
	lab_has postfix || skip "$LAB_REFUSED"
	attacked refused.mx.test 192.0.2.121 'the server refuses STARTTLS, and TLS is owed: '
	mail
	delivered refused.mx.test none
	until_true postfix_has 1
}

@test "downgrade: replies injected before the handshake; never believed" {
	lab_has postfix || skip "$LAB_REFUSED"
	exchanger injected.mx.test 192.0.2.122 '3 1 1 wide'
	mail
	refused 4.5.0 'spoke out of turn'
	secure_facts
	exchanger injected.mx.test 192.0.2.122
	mail
	# The forged "SIZE 1" would have refused the message for ever.
	refused 4.5.0 'spoke out of turn'
	heard_no_mail injected.mx.test
}

@test "downgrade: another certificate; opportunistic TLS takes any" {
	lab_has postfix || skip "$LAB_REFUSED"
	attacked swapped.mx.test 192.0.2.123 'swapped\.mx\.test \[192\.0\.2\.123\]: '
	mail
	delivered swapped.mx.test opportunistic nothing
	until_true postfix_has 1
}

@test "downgrade: TLS 1.0 proves nothing; opportunistic TLS takes it" {
	exchanger old.mx.test 192.0.2.119 '3 1 1 good'
	mail
	refused 4.7.5 'old\.mx\.test '
	heard_no_mail old.mx.test
	secure_facts
	exchanger old.mx.test 192.0.2.119
	policy enforce old.mx.test
	mail
	refused 4.7.5 'old\.mx\.test '
	mail -O mta-sts=no
	delivered old.mx.test opportunistic nothing
	envelope old.mx.test '^tls TLSv1 '
}

# ---- REQUIRETLS ----

@test "REQUIRETLS: offered within TLS to a host that is proved" {
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	mail -O requiretls=yes
	delivered good.mx.test dane dane
	envelope good.mx.test '^from <.*> (.* )?REQUIRETLS$'
	secure_facts
	exchanger good.mx.test 192.0.2.110
	policy enforce good.mx.test
	mail -O requiretls=yes
	delivered good.mx.test verify pkix
	envelope good.mx.test '^from <.*> (.* )?REQUIRETLS$'
	# Not asked for, not said.
	mail
	envelope_not good.mx.test REQUIRETLS
}

@test "REQUIRETLS: not offered within TLS, in clear only, or by a host that nobody vouches for: 5.7.30" {
	exchanger second.mx.test 192.0.2.111 '3 1 1 good'
	mail -O requiretls=yes
	exits 77
	refused 5.7.30 'second\.mx\.test .*does not offer REQUIRETLS'
	heard_no_mail second.mx.test
	# Another exchanger may.
	exchanger good.mx.test 192.0.2.110 '3 1 1 good'
	mail -O requiretls=yes
	delivered good.mx.test dane dane
	secure_facts
	exchanger plain.mx.test 192.0.2.116
	mail -O requiretls=yes
	refused 4.7.5 'plain\.mx\.test .*STARTTLS'
	sed -i 's/^;! security secure/;! security insecure/' "$facts"
	mail -O requiretls=yes
	exits 77
	refused 5.7.30 'neither DNSSEC nor MTA-STS'
	nobody_contacted
}

@test "TLS-Required: No: delivered though DANE or a policy would refuse; options win over the field" {
	sed -i '1i TLS-Required: No' "$letter"
	exchanger wrong.mx.test 192.0.2.110 '3 1 1 stranger'
	mail
	delivered wrong.mx.test opportunistic nothing
	mail --tls dane-only
	exits 75
	refused 4.7.5 'DANE: no TLSA record matches'
	mail -O requiretls=yes
	refused 4.7.5 'DANE: no TLSA record matches'
	secure_facts
	exchanger plain.mx.test 192.0.2.116
	policy enforce good.mx.test
	mail
	delivered plain.mx.test none
	# The field travels with the message.
	content plain.mx.test | grep -q '^TLS-Required: No'
}

@test "TLS-Required: No comes after RCPT in -bs: its verdict waits for it" {
	local field
	exchanger plain.mx.test 192.0.2.116
	policy enforce good.mx.test
	for field in 'TLS-Required: No' 'Comments: no'; do
		printf '%s\n' 'EHLO x' 'MAIL FROM:<alice@sender.test>' 'RCPT TO:<bob@example.test>' 'DATA' "$field" \
			'Subject: x' '' 'text' '.' 'QUIT' >"$BATS_TEST_TMPDIR/said"
		run --separate-stderr send -bs --facts "$facts" <"$BATS_TEST_TMPDIR/said"
		echo "$output"
		case $field in
		TLS*) grep -q '^250 .*delivered' <<<"$output" ;;
		*) grep -q '^451 4\.7\.5 .*does not name it' <<<"$output" ;;
		esac
		grep -q '^354' <<<"$output"
	done
}

# ---- what our own user says ----

@test "--tls: from none to dane-only, against a host with DANE that fails" {
	local level
	exchanger wrong.mx.test 192.0.2.110 '3 1 1 stranger'
	mail --tls none
	delivered wrong.mx.test none
	mail --tls may
	delivered wrong.mx.test opportunistic nothing
	for level in encrypt verify dane dane-only; do
		mail --tls "$level"
		refused 4.7.5 'DANE: no TLSA record matches'
	done
}

@test "--tls: from none to dane-only, against hosts that owe nothing" {
	exchanger stranger.mx.test 192.0.2.114
	mail --tls encrypt
	delivered stranger.mx.test encrypt nothing
	mail --tls verify
	refused 4.7.5 'stranger\.mx\.test '
	heard_no_mail stranger.mx.test
	mail --tls dane-only
	refused 4.7.5 'DANE or nothing; no DANE: no TLSA records'
	nobody_contacted
	exchanger good.mx.test 192.0.2.110
	mail --tls verify
	delivered good.mx.test verify pkix
}

@test "tls in the configuration: a domain, what is below it, all; the first that fits, and --tls before it" {
	local file=$BATS_TEST_TMPDIR/conf
	exchanger stranger.mx.test 192.0.2.114
	printf '%s\n' 'tls .test verify' 'tls example.test none' >"$file"
	mail -C "$file"
	refused 4.7.5 'stranger\.mx\.test '
	printf '%s\n' 'tls elsewhere.test dane-only' 'tls example.test encrypt' 'tls verify' >"$file"
	mail -C "$file"
	delivered stranger.mx.test encrypt nothing
	json '"'"$file"':2" in of("route")[0]["hosts"][0]["tls_reason"]'
	mail -C "$file" --tls example.test=none
	delivered stranger.mx.test none
	mail -C "$file" -O 'tls=.test may'
	delivered stranger.mx.test opportunistic nothing
}

# ---- before anything is sent ----

@test "--dry-run=tls and --probe prove the same" {
	local how
	exchanger wrong.mx.test 192.0.2.110 '3 1 1 stranger'
	exchanger second.mx.test 192.0.2.111 '3 1 1 good'
	for how in --dry-run=tls --probe=tls; do
		mail "$how"
		exits 0
		json 'of("result")[0]["outcome"] == "would-deliver" and of("result")[0]["host"] == "second.mx.test"'
		json '[h["tls"] for h in of("route")[0]["hosts"]] == ["dane", "dane"]'
		json '[(a["host"], a["tls"]["proved"]) for a in of("attempt") if a["outcome"] == "ok"] == [("second.mx.test", "dane")]'
		json 'any(a["host"] == "wrong.mx.test" and "TLSA" in a["text"] for a in of("attempt"))'
		no_mail
	done
	run --separate-stderr send --probe --facts "$facts" bob@example.test
	says '^    192\.0\.2\.110 .* failed +-$'
	says '^    - tls: DANE: no TLSA record matches'
	says '^    192\.0\.2\.111 .* TLS1\.2 +DANE$'
	run --separate-stderr send --dry-run=tls --facts "$facts" bob@example.test
	says '^wrong\.mx\.test \[192\.0\.2\.110\]:25 stopped at tls: DANE: no TLSA record matches'
	says '^second\.mx\.test \[192\.0\.2\.111\]:25 served up to tls, TLS1\.2 [^ ]+, proved by dane;'
	sed -i '/ second\.mx\.test$/d' "$facts"
	mail --dry-run=tls
	refused 4.7.5 'DANE: no TLSA record matches'
}
