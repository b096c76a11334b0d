#!/usr/bin/env bats
# What the dry run shows to a person: reasons that can be acted on, lines that fit, colour where it is
# welcome.

load helper

# ask_lame HOW ARGUMENT...: a dry run that has only this one name server (tests/lab/lame) to ask.
ask_lame() {
	run --separate-stderr timeout --kill-after=5 60 "$LAB/client" sh -c '
		how=$1 lame=$2 sendmx=$3 ready=$4
		shift 4
		mkfifo "$ready"
		"$lame" "$how" 5300 >"$ready" &
		read -r word <"$ready" && [ "$word" = ready ] &&
			"$sendmx" --dry-run --resolver 127.0.0.1:5300 "$@" </dev/null
		status=$?
		kill $!
		exit $status' lame "$1" "$TOP/tests/lab/lame" "$SENDMX" "$BATS_TEST_TMPDIR/ready" "${@:2}"
	echo "status $status" && echo "$output" && echo "$stderr"
	exits 75
}

@test "a domain that does not exist, one without any way in, and null MX are told apart" {
	try --dry-run bob@nothere.test carol@empty.test dave@nullmx.test eve@dangling.test
	exits 68
	complains '^sendmx: bob@nothere\.test: 5\.1\.2 the domain nothere\.test does not exist: the zone test has no such name$'
	complains '^sendmx: carol@empty\.test: 5\.4\.4 the domain empty\.test exists, but takes no mail: it has neither MX nor address$'
	complains '^sendmx: dave@nullmx\.test: 5\.1\.10 the domain nullmx\.test takes no mail \(null MX, RFC 7505\)$'
	complains '^sendmx: eve@dangling\.test: 5\.4\.4 no exchanger of dangling\.test has an address: gone\.dangling\.test: the name does not exist'
	says '^4 domains would fail: nothere\.test, empty\.test, nullmx\.test, dangling\.test$'
	says '^exit status 68$'
	says '^DNSSEC is not checked: '
	[ "$(grep -c DNSSEC <<<"$output")" = 1 ]
	says '^  source    no MX record: the name.s own address would count'
	says '^  source    null MX record, TTL 300 s$'
	nobody_contacted
}

@test "a top-level domain that does not exist is told as such" {
	try --dry-run bob@plain.tset
	exits 68
	complains ': 5\.1\.2 the domain plain\.tset does not exist: there is no top-level domain "tset"$'
}

@test "SERVFAIL is told with the server's own explanation" {
	ask_lame servfail bob@plain.test
	complains '4\.4\.3 127\.0\.0\.1 port 5300 answers SERVFAIL to MX plain\.test \(EDE 22: No Reachable Authority: at delegation test\.\)$'
	says '^  advice    --check-resolver tells whether our name servers are at fault'
}

@test "REFUSED is told as what it is" {
	ask_lame refused bob@plain.test
	complains '4\.4\.3 127\.0\.0\.1 port 5300 answers REFUSED to MX plain\.test$'
}

@test "an answer that is cut short where TCP is refused is told as what it is" {
	ask_lame cut bob@plain.test
	complains '4\.4\.3 127\.0\.0\.1 port 5300 cuts its answer to MX plain\.test short, and over TCP: Connection refused$'
}

@test "a broken answer is told as what it is" {
	ask_lame garbage bob@plain.test
	complains '4\.4\.3 127\.0\.0\.1 port 5300 answers with a broken packet \(.+\) to MX plain\.test$'
}

@test "silence is told with the time that was waited" {
	ask_lame silent --timeout 1 bob@plain.test
	complains '4\.4\.3 no answer from 127\.0\.0\.1 port 5300 to MX plain\.test before the time was over$'
}

@test "a configured route is told with the place where it stands" {
	printf '# ours\nroute plain.test mx.old.test\n' >"$BATS_TEST_TMPDIR/conf"
	try -C "$BATS_TEST_TMPDIR/conf" --dry-run bob@plain.test
	exits 0
	says '^  source    configured route, instead of MX: "plain\.test mx\.old\.test"$'
	says "conf:2\)$"
}

@test "no line is wider than 80 columns, but for a name that is" {
	try --dry-run bob@{plain,fallback,implicit,dangling,alias,mxalias,number,backup,inward,many,us}.test
	[ "$status" -ne 0 ]
	printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/screen"
	[ "$(wc -L <"$BATS_TEST_TMPDIR/screen")" -le 80 ]
}

# on_terminal ENVIRONMENT... -- ARGUMENT...: what a dry run writes to a terminal, in $seen. No DNS,
# and none of the lab.
on_terminal() {
	local environment=() words
	while [ "$1" != -- ]; do
		environment+=("$1")
		shift
	done
	shift
	printf 'plain.test. MX 10 mx.plain.test.\nmx.plain.test. A 192.0.2.10\n' >"$BATS_TEST_TMPDIR/facts"
	words=$(printf '%q ' "$SENDMX" -C /dev/null --dry-run --facts "$BATS_TEST_TMPDIR/facts" "$@")
	env -u NO_COLOR "${environment[@]}" script -qec "$words" /dev/null </dev/null >"$BATS_TEST_TMPDIR/seen" ||
		[ $? = 68 ]
	seen=$(tr -d '\r' <"$BATS_TEST_TMPDIR/seen")
	echo "$seen"
}

coloured() {
	[[ $seen == *$'\e['* ]]
}

plain() {
	[[ $seen != *$'\e['* ]]
}

@test "colour on a terminal, and the words are the same without" {
	on_terminal TERM=xterm -- bob@plain.test
	coloured
	# shellcheck disable=SC2001 # an expression that ${//} has not
	stripped=$(sed 's/\x1b\[[0-9]*m//g' <<<"$seen")
	run --separate-stderr "$SENDMX" -C /dev/null --dry-run --facts "$BATS_TEST_TMPDIR/facts" bob@plain.test
	[ "$stripped" = "$output" ]
	[[ $output != *$'\e'* ]]
}

@test "no colour with NO_COLOR, on a terminal that has none, in JSON" {
	on_terminal TERM=xterm NO_COLOR=1 -- bob@plain.test
	plain
	on_terminal TERM=dumb -- bob@plain.test
	plain
	on_terminal TERM= -- bob@plain.test
	plain
	on_terminal TERM=xterm -- --json bob@plain.test
	plain
	on_terminal TERM=xterm NO_COLOR= -- bob@plain.test
	coloured
}

@test "where one reader has both, the plan leaves the reason to the line that always has it" {
	on_terminal TERM=dumb -- bob@gone.test
	[[ $seen == *'would fail with 5.1.2, exit status 68: see below'* ]]
	[ "$(grep -c 'does not exist' <<<"$seen")" = 1 ]
	[[ $seen == *'sendmx: bob@gone.test: 5.1.2 the domain gone.test does not exist'* ]]
	run --separate-stderr "$SENDMX" -C /dev/null --dry-run --facts "$BATS_TEST_TMPDIR/facts" bob@gone.test
	says 'would fail with 5\.1\.2, exit status 68: the domain gone\.test does not exist$'
	complains '^sendmx: bob@gone\.test: 5\.1\.2 '
}
