# shellcheck shell=bash
# What the tests of transport security share: the lab with ../lab/security.bash, a DNS in a file that is all
# secure, runs that trust the lab's authority, and words for what was owed and proved.

export LAB_MORE=$TOP/tests/lab/security.bash

setup_security() {
	[ -z "$LAB_REFUSED" ] || return 0
	rm -rf "$LAB"/policies/*
	: >"$LAB/altering"
	facts=$BATS_TEST_TMPDIR/facts
	secure_facts
	forget_postfix
}

# ---- the DNS in a file ----

# tlsa USAGE SELECTOR MATCHING NAME: of the certificate NAME of the lab.
tlsa() {
	lab=$LAB bash -c '. "$1"; shift; tlsa "$@"' tlsa "$LAB_MORE" "$@"
}

# secure_facts: begin anew, with nothing but that all is secure.
secure_facts() { echo ';! security secure *.test' >"$facts"; }

# secure_host NAME ADDRESS ["U S M NAME"...]: a host with TLSA records.
secure_host() {
	local host=$1 record
	echo "$host A $2"
	shift 2
	for record; do
		# shellcheck disable=SC2086 # words
		echo "_25._tcp.$host $(tlsa $record)"
	done
} >>"$facts"

# exchanger HOST ADDRESS ["U S M NAME"...]: it is one more for example.test.
exchanger() {
	echo "example.test MX $(wc -l <"$facts") $1" >>"$facts"
	secure_host "$@"
}

# policy MODE [PATTERN...]: the policy that example.test has, in the file.
policy() {
	local mode=$1 lines
	shift
	lines=$(printf ' "mx: %s"' "$@")
	cat >>"$facts" <<-END
		_mta-sts.example.test TXT "v=STSv1; id=1"
		mta-sts.example.test A 192.0.2.150
		;! policy mta-sts.example.test "version: STSv1" "mode: $mode"$lines "max_age: 86400"
	END
}

# ---- doing ----

# run_on ARGUMENT...: the letter, with nothing left of what happened before, told as JSON.
run_on() {
	arguments=(-O ca-file="$LAB/tls/ca.pem" "$@")
	rm -f "$LAB"/mail/*.test/*
	forget_postfix
	try --json "${arguments[@]}"
}

# mail ARGUMENT...: the letter to bob@example.test by the facts in the file.
mail() {
	run_on --facts "$facts" "$@" bob@example.test
}

# asked ARGUMENT...: the letter by the DNS that is asked: signed, and 192.0.2.153 in between.
asked() {
	lab_has dnssec || skip "$LAB_REFUSED"
	run_on --resolver 192.0.2.153 -O trust-anchor="$LAB/signed/root.key" -O dnssec=validate \
		-O cache-folder="$BATS_TEST_TMPDIR/cache" "$@"
}

# altered LINE...: what the name server in between does from now on (../lab/altering.py).
altered() { printf '%s\n' "$@" >"$LAB/altering"; }

# ---- expecting ----

# delivered HOST OWED [PROVED]: bob's letter is there, this was owed, and that was proved.
delivered() {
	exits 0
	silent_but_json
	json 'of("result")[0]["outcome"] == "delivered" and of("result")[0]["host"] == "'"$1"'" and
		of("result")[0]["tls"] == "'"$2"'" and
		of("attempt")[-1].get("tls", {}).get("proved", "") == "'"${3:-}"'"'
}

silent_but_json() { [ -z "$stderr" ] || { echo 'expected nothing on stderr'; return 1; }; }

# refused CODE REGEX: nobody has got anything, and the user is told so in these words, as JSON and, when he tries
# once more, on standard error.
refused() {
	[ "$status" -ne 0 ] || { echo 'expected a failure'; return 1; }
	json 'of("summary")[0]["delivered"] == 0 and of("result")[0]["status"] == "'"$1"'"'
	no_mail
	try "${arguments[@]}"
	complains "^sendmx: [^ ]+: ${1//./\\.} .*$2"
	no_mail
}

# No server has heard MAIL, or keeps a message.
no_mail() {
	! grep -Eq 'C: MAIL' "$LAB"/mail/*.test/talk || { echo 'MAIL was said'; return 1; }
	[ "$(postfix_count)" = 0 ] || { echo 'Postfix has got it'; return 1; }
}

# heard_no_mail HOST: it was spoken to, and mail was not what it was spoken to about.
heard_no_mail() {
	[ -s "$LAB/mail/$1/talk" ] || { echo "nobody spoke to $1"; return 1; }
	talked_not "$1" 'C: (MAIL|RCPT|DATA|BDAT)'
}

# proof REGEX: what the last attempt says of the proof.
proof() { json '__import__("re").search(r"""'"$1"'""", of("attempt")[-1]["tls"].get("proof", ""))'; }

# ---- Postfix ----

postfix_count() {
	lab_has postfix || { echo 0; return; }
	"$LAB/world" find "$LAB/mail/postfix" -path '*/new/*' | wc -l
}

forget_postfix() {
	! lab_has postfix || "$LAB/world" find "$LAB/mail/postfix" -path '*/new/*' -delete
}

postfix_has() { [ "$(postfix_count)" -eq "$1" ]; }
