#!/usr/bin/env bats
# The way to the duty, with nothing made up by us: DNSSEC validated here behind a name server that may lie, policies of
# MTA-STS by HTTPS. What is owed then is in security.bats.

load helper
load security
# shellcheck disable=SC2034 # helper.bash starts them
lab_servers=(postfix)

setup() {
	[ -z "$LAB_REFUSED" ] || skip "$LAB_REFUSED"
	lab_has dnssec || skip "$LAB_REFUSED"
	letter=$BATS_TEST_TMPDIR/letter
	write_letter >"$letter"
	setup_security
}

# published DOMAIN LINE...: the policy at mta-sts.DOMAIN.open.test from now on; without lines there is none.
published() {
	local file=$LAB/policies/mta-sts.$1.open.test
	shift
	[ $# -gt 0 ] || { rm -f "$file"; return; }
	printf '%s\n' 'version: STSv1' "$@" 'max_age: 86400' >"$file"
}

# fetches DOMAIN: how often its policy was asked for.
fetches() { grep -c "^mta-sts\.$1\.open\.test " "$LAB/policies/log" || true; }

# in_force MODE SOURCE: this policy is in force; in_force none: there is none.
in_force() {
	if [ "$1" = none ]; then
		json '"mta_sts" not in of("route")[0]'
	else
		json 'of("route")[0]["mta_sts"]["mode"] == "'"$1"'" and of("route")[0]["mta_sts"]["source"] == "'"$2"'"'
	fi
}

# ---- DNSSEC ----

@test "DNSSEC: DANE from the root's key down" {
	asked bob@dane.test
	delivered good.mx.test dane dane
	json 'of("route")[0]["security"] == "secure" and of("route")[0]["hosts"][0]["security"] == "secure"'
	asked bob@anchor.test
	delivered ta.mx.test dane dane
	proof '^2 0 1 matches'
	asked bob@tricked.test
	delivered second.mx.test dane dane
	asked bob@wrong.test
	refused 4.7.5 'wrong\.mx\.test \[192\.0\.2\.110\]: DANE: no TLSA record matches'
}

@test "DNSSEC: DANE to real Postfix; STARTTLS stripped before it" {
	lab_has postfix || skip "$LAB_REFUSED"
	asked bob@postfix.test
	delivered passed.mx.test dane dane
	until_true postfix_has 1
	asked bob@stripped.test
	refused 4.7.5 'stripped\.mx\.test \[192\.0\.2\.120\]: the server does not offer STARTTLS, and TLS is owed: 1 usable TLSA'
	heard_no_mail stripped.mx.test
}

@test "DNSSEC: no usable record, proven that there is none, and insecure addresses" {
	asked bob@usage.test
	refused 4.7.5 'usage\.mx\.test .*does not offer STARTTLS, and TLS is owed'
	asked bob@nothing.test
	delivered expired.mx.test opportunistic nothing
	asked bob@away.test
	delivered good.mx.open.test opportunistic nothing
	json 'of("route")[0]["hosts"][0]["security"] == "insecure"'
}

@test "DNSSEC: insecure MX, secure host" {
	asked bob@insecure.open.test
	delivered good.mx.test dane dane
	asked bob@insecurewrong.open.test
	refused 4.7.5 'DANE: no TLSA record matches'
	asked -O dane-insecure-mx=ignore bob@insecurewrong.open.test
	delivered wrong.mx.test opportunistic nothing
}

@test "DNSSEC: TLSA records removed, changed, forged or out of order on the way: the host is left out" {
	local tlsa='_25._tcp.good.mx.test TLSA' lie
	for lie in "empty $tlsa" "nxdomain $tlsa" "change $tlsa" "servfail $tlsa" \
		"forge $tlsa 3 1 1 $(printf '%064d' 1)"; do
		altered "$lie"
		asked bob@dane.test
		exits 75
		refused 4.7.5 'good\.mx\.test: its TLSA records cannot be had: '
		nobody_contacted
	done
	altered
	asked bob@dane.test
	delivered good.mx.test dane dane
}

@test "DNSSEC: addresses forged on the way: nobody is contacted" {
	altered 'forge good.mx.test A 192.0.2.116' 'empty good.mx.test AAAA'
	asked bob@dane.test
	refused 4.4.4 'A good\.mx\.test is bogus \(DNSSEC\): '
	nobody_contacted
}

@test "DNSSEC: MX records forged on the way, spoilt or lapsed: 4.4.3, nobody is contacted" {
	altered 'forge dane.test MX 10 plain.mx.open.test.'
	asked bob@dane.test
	exits 75
	refused 4.4.3 'MX dane\.test is bogus \(DNSSEC\): '
	nobody_contacted
	altered 'nxdomain dane.test MX'
	asked bob@dane.test
	exits 75
	refused 4.4.3 'MX dane\.test is bogus \(DNSSEC\): '
	altered
	asked bob@spoilt.test
	refused 4.4.3 'MX spoilt\.test is bogus \(DNSSEC\): .*does not verify'
	asked bob@lapsed.test
	refused 4.4.3 'MX lapsed\.test is bogus \(DNSSEC\): .*expired'
	nobody_contacted
}

@test "DNSSEC: a name server that drops all signatures" {
	altered strip
	asked bob@dane.test
	exits 75
	nobody_contacted
	# What is unsigned is not known to be so.
	asked bob@bare.open.test
	exits 75
	nobody_contacted
	# auto: then nothing is verified, and whoever wants DANE gets no less.
	asked -O dnssec=auto bob@dane.test
	delivered good.mx.test opportunistic nothing
	json 'of("route")[0]["security"] == "unchecked"'
	asked -O dnssec=auto --tls dane-only bob@dane.test
	refused 4.7.5 'DANE or nothing; no DANE: DNSSEC is not checked'
	nobody_contacted
}

@test "DNSSEC off: DANE that is demanded fails closed, nothing else is owed" {
	asked -O dnssec=off --tls dane-only bob@dane.test
	refused 4.7.5 'DANE or nothing; no DANE: DNSSEC is not checked'
	nobody_contacted
	asked -O dnssec=off -O requiretls=yes bob@dane.test
	exits 77
	refused 5.7.30 'REQUIRETLS'
	nobody_contacted
	asked -O dnssec=off bob@wrong.test
	delivered wrong.mx.test opportunistic nothing
}

# ---- MTA-STS ----

@test "MTA-STS enforce: fetched, a good certificate; the second run asks nobody" {
	lab_has postfix || skip "$LAB_REFUSED"
	published enforce 'mode: enforce' 'mx: *.mx.open.test'
	asked bob@enforce.open.test
	delivered passed.mx.open.test verify pkix
	in_force enforce fetched
	until_true postfix_has 1
	[ "$(fetches enforce)" = 1 ]
	asked bob@enforce.open.test
	delivered passed.mx.open.test verify pkix
	in_force enforce cached
	[ "$(fetches enforce)" = 1 ]
}

@test "MTA-STS enforce: for others, untrusted, expired, in the common name only, no TLS, swapped: the next exchanger" {
	published named 'mode: enforce' 'mx: *.mx.open.test'
	asked --seed 1 bob@named.open.test
	delivered good.mx.open.test verify pkix
	json '[(a["host"].split(".")[0], a.get("status")) for a in of("attempt")] == [(name, "4.7.5") for name in
		["elsewhere", "stranger", "expired", "commonname", "plain", "refusing", "swapped"]] + [("good", None)]'
	json 'all(word in text for word, text in zip(["not for", "issuer", "expired", "not for", "not offer", "refuses",
		"issuer"], [a["text"] for a in of("attempt")]))'
	[ "$(grep -l 'C: MAIL' "$LAB"/mail/*.test/talk)" = "$LAB/mail/good.mx.test/talk" ]
}

@test "MTA-STS enforce: an exchanger that the policy does not name" {
	published unnamed 'mode: enforce' 'mx: good.mx.open.test'
	asked bob@unnamed.open.test
	delivered good.mx.open.test verify pkix
	[ "$(contacted)" = good.mx.test ]
	# Whoever forges the MX, which nobody has signed, has no part in it either.
	altered 'forge unnamed.open.test MX 10 plain.mx.open.test.'
	asked bob@unnamed.open.test
	refused 4.7.5 "plain\\.mx\\.open\\.test: the domain's MTA-STS policy does not name it"
	nobody_contacted
}

@test "MTA-STS: what is remembered holds when the web server is down, has lost it, or the record is gone" {
	published down 'mode: enforce' 'mx: *.mx.open.test'
	asked bob@down.open.test
	refused 4.7.5 'plain\.mx\.open\.test \[192\.0\.2\.116\]: the server does not offer STARTTLS, and TLS is owed: MTA-STS policy'
	: >"$LAB/policies/down"
	altered 'forge _mta-sts.down.open.test TXT "v=STSv1; id=2"'
	asked bob@down.open.test
	in_force enforce cached
	refused 4.7.5 'TLS is owed: MTA-STS policy'
	rm "$LAB/policies/down"
	published down
	altered 'forge _mta-sts.down.open.test TXT "v=STSv1; id=3"'
	asked bob@down.open.test
	in_force enforce cached
	refused 4.7.5 'TLS is owed: MTA-STS policy'
	altered 'empty _mta-sts.down.open.test TXT'
	asked bob@down.open.test
	in_force enforce cached
	refused 4.7.5 'TLS is owed: MTA-STS policy'
	altered 'servfail _mta-sts.down.open.test TXT'
	asked bob@down.open.test
	in_force enforce cached
	refused 4.7.5 'TLS is owed: MTA-STS policy'
	no_mail
}

@test "MTA-STS: nothing is remembered, and the web server is down: delivered as if there were none" {
	published gone 'mode: enforce' 'mx: *.mx.open.test'
	: >"$LAB/policies/down"
	asked bob@gone.open.test
	delivered plain.mx.open.test none
	in_force none
	json '"could not be fetched" in of("route")[0]["mta_sts_reason"]'
}

@test "MTA-STS: a policy with another id is fetched and takes the place of the old one; mode none ends it" {
	published changed 'mode: testing' 'mx: elsewhere.mx.open.test'
	asked bob@changed.open.test
	delivered good.mx.open.test opportunistic nothing
	in_force testing fetched
	published changed 'mode: enforce' 'mx: good.mx.open.test'
	altered 'forge _mta-sts.changed.open.test TXT "v=STSv1; id=2"'
	asked bob@changed.open.test
	delivered good.mx.open.test verify pkix
	in_force enforce fetched
	asked bob@changed.open.test
	in_force enforce cached
	json 'of("route")[0]["mta_sts"]["id"] == "2"'
	published removed 'mode: enforce' 'mx: plain.mx.open.test'
	asked bob@removed.open.test
	refused 4.7.5 'TLS is owed: MTA-STS policy'
	published removed 'mode: none'
	altered 'forge _mta-sts.removed.open.test TXT "v=STSv1; id=2"'
	asked bob@removed.open.test
	delivered plain.mx.open.test none
}

@test "MTA-STS testing: delivered whatever the certificate says, and told" {
	published testing 'mode: testing' 'mx: good.mx.open.test'
	asked bob@testing.open.test
	delivered elsewhere.mx.open.test opportunistic nothing
	in_force testing fetched
	json '"testing" in of("route")[0]["hosts"][0]["tls_reason"]'
}

@test "MTA-STS: a policy that comes with a bad certificate is not believed; the one that is remembered is" {
	local certificate
	published forged 'mode: enforce' 'mx: plain.mx.open.test'
	for certificate in elsewhere stranger expired; do
		echo "$certificate" >"$LAB/policies/mta-sts.forged.open.test.tls"
		rm -rf "$BATS_TEST_TMPDIR/cache"
		asked bob@forged.open.test
		delivered good.mx.open.test opportunistic nothing
		in_force none
		json '"certificate" in of("route")[0]["mta_sts_reason"]'
	done
	rm "$LAB/policies/mta-sts.forged.open.test.tls" "$BATS_TEST_TMPDIR/cache" -rf
	published forged 'mode: enforce' 'mx: good.mx.open.test'
	asked bob@forged.open.test
	delivered good.mx.open.test verify pkix
	# Now somebody has all but a certificate: the record, the policy and the exchanger are his.
	published forged 'mode: none'
	echo elsewhere >"$LAB/policies/mta-sts.forged.open.test.tls"
	altered 'forge _mta-sts.forged.open.test TXT "v=STSv1; id=666"' \
		'forge forged.open.test MX 10 plain.mx.open.test.'
	asked bob@forged.open.test
	in_force enforce cached
	refused 4.7.5 "plain\\.mx\\.open\\.test: the domain's MTA-STS policy does not name it"
	nobody_contacted
}

@test "MTA-STS: a cache that cannot be written costs a fetch and nothing else" {
	published locked 'mode: enforce' 'mx: good.mx.open.test'
	asked -O cache-folder=/proc/nowhere bob@locked.open.test
	delivered good.mx.open.test verify pkix
	asked -O cache-folder=/proc/nowhere bob@locked.open.test
	delivered good.mx.open.test verify pkix
	in_force enforce fetched
	[ "$(fetches locked)" = 2 ]
}

@test "MTA-STS and DANE side by side: several domains, one run, each its own" {
	published unnamed 'mode: enforce' 'mx: good.mx.open.test'
	published locked 'mode: enforce' 'mx: good.mx.open.test'
	asked bob@dane.test bob@unnamed.open.test bob@locked.open.test bob@bare.open.test bob@wrong.test
	exits 75
	json '{r["recipient"].split("@")[1]: (r["outcome"], r["tls"]) for r in of("result")} == {
		"dane.test": ("delivered", "dane"), "unnamed.open.test": ("delivered", "verify"),
		"locked.open.test": ("delivered", "verify"), "bare.open.test": ("delivered", "none"),
		"wrong.test": ("deferred", "none")}'
	complains_not .
}
