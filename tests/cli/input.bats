#!/usr/bin/env bats
# What comes in: arguments, standard input, the header (RULES.md D, INTERFACE.md).

load helper

# header NAME: the value of this field as it arrived at mx.plain.test.
header() {
	content mx.plain.test | tr -d '\r' | sed '/^$/q' | sed -n "s/^$1: *//Ip"
}

# body: what arrived at mx.plain.test after the header.
body() {
	content mx.plain.test | tr -d '\r' | sed '1,/^$/d'
}

# ---- usage ----

@test "usage errors are 64, say what is wrong, and contact nobody" {
	while read -r arguments; do
		# shellcheck disable=SC2086 # a list of words
		try $arguments
		exits 64
		[ -z "$output" ]
		complains '^sendmx: .'
	done <<-END

		--no-such-option bob@plain.test
		-Z bob@plain.test
		-f
		--timeout soon bob@plain.test
		--timeout -1 bob@plain.test
		--parallel 0 bob@plain.test
		--dry-run=sideways bob@plain.test
		--resolver nowhere bob@plain.test
		--route plain.test bob@plain.test
	END
	nobody_contacted
}

@test "--version and --help" {
	try --version
	exits 0
	says '^sendmx [0-9]'
	try --help
	exits 0
	says '--dry-run'
	says '--route'
	[ -z "$stderr" ]
}

@test "-- ends the options" {
	try -- bob@plain.test
	exits 0
	letter_at mx.plain.test
}

@test "options are not looked for after the first address" {
	try bob@plain.test -v
	[ "$status" -ne 0 ]
	says_not 'EHLO'
	complains '^sendmx: -v'
}

@test "an address that is none: 65, told, and the others are delivered or nobody is" {
	try 'bob@' carol@plain.test
	exits 65
	complains '^sendmx: bob@: 5\.1\.3 '
}

@test "B18: CR and LF in an address cannot reach the server" {
	for address in $'bob@plain.test\r\nRCPT TO:<eve@plain.test>' $'bob\n@plain.test' $'"bob\r\n"@plain.test' \
		'bob>@plain.test' 'bob@plain.test> SIZE=0'; do
		try "$address"
		[ "$status" -ne 0 ]
	done
	took mx.plain.test 0
	[ ! -e "$LAB/mail/mx.plain.test/talk" ] || talked_not mx.plain.test 'eve|SIZE=0'
}

@test "B18: CR and LF in the sender cannot reach the server" {
	try -f $'alice@sender.test>\r\nRCPT TO:<eve@plain.test' bob@plain.test
	[ "$status" -ne 0 ]
	took mx.plain.test 0
}

# ---- -t ----

@test "D5: -t takes To, Cc and Bcc, and Bcc is removed" {
	cat >"$letter" <<-END
		From: alice@sender.test
		To: Bob <bob@plain.test>, "Carol, Doctor" <carol@plain.test>,
		 dave@plain.test (the old one)
		Cc: friends: erin@plain.test, frank@plain.test;
		Bcc: grace@plain.test
		Subject: to all of you

		Hello
	END
	try -t
	exits 0
	for name in bob carol dave erin frank grace; do
		envelope mx.plain.test "^to <$name@plain\.test>"
	done
	[ "$(cat "$LAB"/mail/mx.plain.test/*.env | grep -c '^to ')" = 6 ]
	[ -z "$(header Bcc)" ]
	run ! grep grace <(content mx.plain.test)
	[ "$(header Cc)" = 'friends: erin@plain.test, frank@plain.test;' ]
	[ "$(body)" = Hello ]
}

@test "D5: -t with Resent-To takes only the newest resent block" {
	cat >"$letter" <<-END
		Resent-From: alice@sender.test
		Resent-To: bob@plain.test
		Resent-Bcc: carol@plain.test
		From: someone@elsewhere.test
		To: dave@plain.test
		Subject: again

		Hello
	END
	try -t
	exits 0
	envelope mx.plain.test '^to <bob@'
	envelope mx.plain.test '^to <carol@'
	envelope_not mx.plain.test '^to <dave@'
	[ -z "$(header Resent-Bcc)" ]
	[ "$(header To)" = dave@plain.test ]
}

@test "D5: -t adds the addresses of the command line" {
	printf 'From: alice@sender.test\nTo: bob@plain.test\n\nHello\n' >"$letter"
	try -t carol@plain.test
	exits 0
	envelope mx.plain.test '^to <bob@'
	envelope mx.plain.test '^to <carol@'
}

@test "D5: -t without any address" {
	printf 'From: alice@sender.test\nSubject: nobody\n\nHello\n' >"$letter"
	try -t
	[ "$status" = 64 ] || [ "$status" = 65 ]
	[ -n "$stderr" ]
	nobody_contacted
}

@test "D5: without -t the header names no recipient, and Bcc is removed all the same" {
	printf 'From: alice@sender.test\nTo: eve@plain.test\nBcc: mallory@plain.test\n\nHello\n' >"$letter"
	try bob@plain.test
	exits 0
	envelope_not mx.plain.test '^to <(eve|mallory)@'
	[ -z "$(header Bcc)" ]
}

# ---- the header is completed ----

@test "D2: Date, Message-ID and From are added when missing" {
	printf 'Subject: short\n\nHello\n' >"$letter"
	try -f alice@sender.test -F 'Alice A.' bob@plain.test
	exits 0
	[[ $(header Date) =~ ^[A-Z][a-z]{2},\ [0-9]{1,2}\ [A-Z][a-z]{2}\ [0-9]{4}\ [0-9:]{8}\ [+-][0-9]{4}$ ]]
	[[ $(header Message-ID) =~ ^\<[^\<\>\ ]+@[^\<\>\ ]+\>$ ]]
	[[ $(header From) =~ Alice.*\<alice@sender\.test\>$ ]]
	[ "$(header Subject)" = short ]
	[ "$(body)" = Hello ]
}

@test "D2: each message has a Message-ID of its own" {
	printf 'Subject: short\n\nHello\n' >"$letter"
	try bob@plain.test
	local first
	first=$(header Message-ID)
	rm "$LAB"/mail/mx.plain.test/*
	try bob@plain.test
	[ -n "$first" ] && [ "$(header Message-ID)" != "$first" ]
}

@test "D2: an address without a domain is qualified, Return-Path is removed" {
	printf 'Return-Path: <x@y.test>\nFrom: alice\nTo: bob@plain.test, carol\n\nHello\n' >"$letter"
	try bob@plain.test
	exits 0
	[[ $(header From) =~ alice@client\.sender\.test ]]
	[[ $(header To) =~ carol@client\.sender\.test ]]
	[ -z "$(header Return-Path)" ]
}

# ---- odd messages are delivered as what they are ----

@test "D3: no header at all" {
	printf 'Hello Bob, how are you?\nFine?\n' >"$letter"
	try bob@plain.test
	exits 0
	[ "$(body)" = $'Hello Bob, how are you?\nFine?' ]
	[ -n "$(header Date)" ]
}

@test "D3: a header without a body" {
	printf 'Subject: only this\n' >"$letter"
	try bob@plain.test
	exits 0
	[ "$(header Subject)" = 'only this' ]
	[ -z "$(body)" ]
}

@test "D3: an empty message" {
	: >"$letter"
	try bob@plain.test
	exits 0
	took mx.plain.test 1
	[ -n "$(header Message-ID)" ]
	[ -z "$(body)" ]
}

@test "D3: no newline at the end" {
	printf 'Subject: x\n\nno newline' >"$letter"
	try bob@plain.test carol@old.test
	exits 0
	[ "$(body)" = 'no newline' ]
	[ "$(content mx.old.test | tail -c 2 | od -An -tx1)" = ' 0d 0a' ]
}

@test "D1: LF, CRLF and both mixed become CRLF, a CR astray a blank" {
	printf 'Subject: x\r\n\r\none\ntwo\r\nthree\rfour\n' >"$letter"
	try bob@plain.test
	exits 0
	content mx.plain.test | sed '1,/^\r$/d' | cmp - <(printf 'one\r\ntwo\r\nthree four\r\n')
}

@test "D1: NUL is refused with a word, or made harmless" {
	printf 'Subject: x\n\none\0two\n' >"$letter"
	try bob@plain.test
	if [ "$status" -eq 0 ]; then
		[ "$(content mx.plain.test | tr -dc '\0' | wc -c)" = 0 ]
	else
		exits 65
		complains '^sendmx: .+'
		took mx.plain.test 0
	fi
}

@test "D1: a leading mbox line is dropped" {
	printf 'From bob Fri Nov 20 12:00:00 2026\nSubject: x\n\nHello\n' >"$letter"
	try bob@plain.test
	exits 0
	[ "$(header Subject)" = x ]
	run ! grep '^From bob' <(content mx.plain.test)
}

@test "D6: a lone dot at the end of a pipe or file is no part of the message" {
	printf 'Subject: x\n\none\n.\n' >"$letter"
	try bob@plain.test
	exits 0
	[ "$(body)" = one ]
}

@test "D6: a lone dot with text behind it cuts no mail" {
	printf 'Subject: x\n\none\n.\ntwo\n' >"$letter"
	try bob@plain.test
	exits 0
	[ "$(body)" = $'one\n.\ntwo' ]
}

@test "D6: with -i or -oi it does not" {
	printf 'Subject: x\n\none\n.\ntwo\n' >"$letter"
	for option in -i -oi; do
		rm -f "$LAB"/mail/mx.plain.test/*
		try $option bob@plain.test
		exits 0
		[ "$(body)" = $'one\n.\ntwo' ]
	done
}

@test "D8: a message that has gone round and round is not sent on" {
	{
		printf 'Received: from a by b; Fri, 20 Nov 2026 12:00:00 +0000\n%.0s' {1..200}
		printf 'Subject: round\n\nHello\n'
	} >"$letter"
	try bob@plain.test
	[ "$status" -ne 0 ]
	complains '5\.4\.6'
	took mx.plain.test 0
}

# ---- standard input and the other descriptors ----

@test "standard input is a directory" {
	run --separate-stderr send bob@plain.test </tmp
	exits 74
	complains '^sendmx: .+'
	nobody_contacted
}

@test "standard input is closed" {
	run --separate-stderr "$LAB/client" sh -c 'exec "$@" <&-' - "$SENDMX" bob@plain.test
	[ "$status" -eq 74 ] || [ "$status" -eq 71 ]
	took mx.plain.test 0
}

@test "standard output and standard error are closed: no connection takes their place" {
	run "$LAB/client" sh -c 'exec "$@" >&- 2>&-' - "$SENDMX" bob@plain.test carol+550@old.test dave@tls.test <"$letter"
	[ "$status" -eq 67 ]
	letter_at mx.plain.test
	letter_at mx.tls.test
	run ! grep -E 'C: .*(sendmx:|no such user)' "$LAB"/mail/*.test/talk
}

@test "standard error that nobody reads any more is no disaster" {
	run bash -o pipefail -c 'timeout 60 "$LAB/client" "$SENDMX" -v bob@plain.test carol+550@old.test <"$0" 2>&1 | true' "$letter"
	[ "$status" -ne 0 ]
	until_true letter_at mx.plain.test
}

@test "D7: no room for a large message: a clear error, and nobody is contacted" {
	large_letter 8 >"$letter"
	mkdir "$BATS_TEST_TMPDIR/small"
	run --separate-stderr timeout 60 "$LAB/client" unshare --mount sh -c '
		mount -t tmpfs -o size=1m small "$0" && exec "$@"' "$BATS_TEST_TMPDIR/small" \
		"$SENDMX" -O temporary-folder="$BATS_TEST_TMPDIR/small" bob@plain.test <"$letter"
	exits 74
	complains '^sendmx: .*[Nn]o space'
	nobody_contacted
}

@test "killed while reading: nothing is sent" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	for signal in TERM INT KILL; do
		"$LAB/client" "$SENDMX" bob@plain.test <"$BATS_TEST_TMPDIR/pipe" >/dev/null 2>&1 3>&- &
		exec 7>"$BATS_TEST_TMPDIR/pipe"
		large_letter 4 >&7
		kill -s "$signal" $!
		status=0
		wait $! || status=$?
		exec 7>&-
		[ "$status" -ne 0 ]
	done
	took mx.plain.test 0
	[ -z "$(contacted)" ] || talked_not mx.plain.test 'content'
}
