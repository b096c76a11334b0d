#!/usr/bin/env bats
# -bs: SMTP on standard input and output. The reply to the final dot is what the remote servers said.

load helper

# submit [ARGUMENT ...]: say what stands on standard input to a -bs session, all at once, line ends as they
# are; $output is what it answered, without CR.
submit() {
	run --separate-stderr send -bs "$@"
	output=${output//$'\r'/}
	echo "exit status $status" && echo "stdout: $output" && echo "stderr: $stderr"
	[ -z "$stderr" ]
}

# crlf: standard input with CRLF line ends.
crlf() { sed 's/$/\r/'; }

# codes: the reply codes in the order given, for a reply of several lines only one.
codes() { sed -n 's/^\([0-9][0-9][0-9]\)\( .*\|\)$/\1/p' <<<"$output" | paste -sd ' '; }
replies() { [ "$(codes)" = "$1" ] || { echo "expected replies: $1, not: $(codes)"; return 1; }; }

# mail_to ADDRESS ...: a session with one message for them.
mail_to() {
	echo 'EHLO client'
	transaction "$@"
	echo 'QUIT'
}

transaction() {
	echo 'MAIL FROM:<alice@sender.test>'
	printf 'RCPT TO:<%s>\n' "$@"
	echo 'DATA'
	sed 's/^\./../' "$letter"
	echo '.'
}

# converse: a session that we speak with line by line; say and hear do it.
converse() {
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	"$LAB/client" "$SENDMX" -bs <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	job=$!
	exec 7>"$BATS_TEST_TMPDIR/in" 8<"$BATS_TEST_TMPDIR/out"
}

say() { printf '%s\r\n' "$@" >&7; }

# hear REGEX: the next reply's last line is like this.
hear() {
	local line
	while IFS= read -r -t 20 -u 8 line; do
		echo "heard: $line"
		[[ $line =~ ^[0-9]{3}- ]] || break
	done
	[[ $line =~ $1 ]] || { echo "expected: $1"; return 1; }
}

hang_up() {
	exec 7>&-
	status=0
	wait "$job" || status=$?
	exec 8<&-
	cat "$BATS_TEST_TMPDIR/err"
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}

# ---- conversations ----

@test "a message with LF line ends" {
	submit < <(mail_to bob@plain.test)
	exits 0
	replies '220 250 250 250 354 250 221'
	says '^220 client\.sender\.test ESMTP'
	says '^250 2\.0\.0 delivered to 1 recipient$'
	envelope mx.plain.test '^from <alice@sender\.test>'
	letter_at mx.plain.test
}

@test "the same with CRLF, dots and all, byte for byte" {
	submit < <(mail_to bob@plain.test | crlf)
	exits 0
	replies '220 250 250 250 354 250 221'
	letter_at mx.plain.test
}

@test "every reply line ends with CRLF" {
	send -bs < <(mail_to bob@plain.test carol@nullmx.test) >"$BATS_TEST_TMPDIR/out"
	[ -s "$BATS_TEST_TMPDIR/out" ]
	run ! grep -v $'\r$' "$BATS_TEST_TMPDIR/out"
}

@test "what EHLO offers, and HELO" {
	submit < <(printf 'EHLO client\r\nHELO [127.0.0.1]\r\nQUIT\r\n')
	exits 0
	replies '220 250 250 221'
	for word in PIPELINING SIZE 8BITMIME SMTPUTF8 DSN; do
		says "^250-$word\$"
	done
	says '^250 ENHANCEDSTATUSCODES$'
	submit -O size-max=1000 < <(printf 'EHLO client\r\n')
	says '^250-SIZE 1000$'
}

@test "Symfony: HELO, two messages in one session" {
	submit < <({
		echo 'HELO [127.0.0.1]'
		transaction bob@plain.test
		echo 'NOOP'
		transaction carol@old.test
		echo 'QUIT'
	} | crlf)
	exits 0
	replies '220 250 250 250 354 250 250 250 250 354 250 221'
	letter_at mx.plain.test
	letter_at mx.old.test
}

@test "Laravel's -bs -i and alpine's -bs -odb -oem -om" {
	submit -i < <(mail_to bob@plain.test)
	replies '220 250 250 250 354 250 221'
	submit -odb -oem -om < <(mail_to bob@plain.test)
	replies '220 250 250 250 354 250 221'
	took mx.plain.test 2
}

@test "nmh: MAIL, RCPT and RSET to try, then in earnest; a bare name" {
	submit -O mail-name=plain.test < <({
		printf '%s\n' 'EHLO x' 'MAIL FROM:<root>' 'RCPT TO:<root>' 'RSET' 'MAIL FROM:<root>' \
			'RCPT TO:<postmaster>' 'RCPT TO:<root>' 'DATA' 'Subject: x' '' 'y' '.' 'QUIT'
	} | crlf)
	exits 0
	replies '220 250 250 250 250 250 250 250 354 250 221'
	envelope mx.plain.test '^from <root@plain\.test>'
	envelope mx.plain.test '^to <postmaster@plain\.test>'
	envelope mx.plain.test '^to <root@plain\.test>'
}

@test "line by line, as a caller who waits for each reply" {
	converse
	hear '^220 '
	say 'EHLO client'; hear '^250 '
	say 'MAIL FROM:<alice@sender.test> BODY=8BITMIME SIZE=200'; hear '^250 2\.1\.0 '
	say 'RCPT TO:<bob@plain.test>'; hear '^250 2\.1\.5 '
	say 'DATA'; hear '^354 '
	say 'Subject: x' '' '..dot' '.'; hear '^250 2\.0\.0 delivered'
	say 'QUIT'; hear '^221 '
	hang_up
	exits 0
	content mx.plain.test | grep -q '^\.dot'
}

@test "-v, --trace and --json change nothing" {
	for option in -v --trace --json; do
		submit $option < <(mail_to bob@plain.test)
		replies '220 250 250 250 354 250 221'
		[ "$(wc -l <<<"$output")" = 13 ]
	done
}

# ---- verdicts ----

@test "a permanent refusal is a 5xx with recipient and reason" {
	submit < <(mail_to bob+550@plain.test)
	exits 0
	replies '220 250 250 250 354 554 221'
	says '^554 5\.1\.1 bob\+550@plain\.test: 5\.1\.1 mx\.plain\.test \[[0-9a-f.:]+\] said: 550 5\.1\.1 no such user'
}

@test "a temporary one is a 4xx" {
	submit < <(mail_to bob+451@plain.test)
	replies '220 250 250 250 354 451 221'
	says '^451 4\.3\.0 bob\+451@plain\.test: 4\.3\.0 mx\.plain\.test '
}

@test "some delivered, one refused: 5xx, and who has it" {
	submit < <(mail_to bob@plain.test carol+550@old.test dave@tls.test)
	replies '220 250 250 250 250 250 354 554 221'
	says '^554-5\.1\.1 delivered, so that sending again would repeat it, to bob@plain\.test, dave@tls\.test$'
	says '^554 5\.1\.1 carol\+550@old\.test: 5\.1\.1 mx\.old\.test '
	letter_at mx.plain.test
	letter_at mx.tls.test
}

@test "one put off, one refused, one delivered: 4xx, and each is told apart" {
	submit < <(mail_to bob+451@plain.test carol+550@old.test dave@tls.test)
	says '^451-4\.3\.0 delivered, .* dave@tls\.test$'
	says '^451-4\.3\.0 bob\+451@plain\.test: 4\.3\.0 '
	says '^451 4\.3\.0 carol\+550@old\.test: 5\.1\.1 '
}

@test "lost after the final dot: 4xx, maybe delivered" {
	submit < <(mail_to bob@vanish.test)
	says '^451 4\.4\.2 bob@vanish\.test: 4\.4\.2 .*delivered'
}

@test "a server's escape sequences do not come through" {
	submit < <(mail_to bob@esc.test)
	says '^554 5\.1\.1 bob@esc\.test: '
	run ! grep -P '[^\x20-\x7e\n]' <<<"$output"
}

@test "RCPT answers after routing, without a connection" {
	submit < <(printf '%s\n' 'EHLO x' 'MAIL FROM:<alice@sender.test>' 'RCPT TO:<bob@nullmx.test>' \
		'RCPT TO:<bob@nothere.test>' 'RCPT TO:<bob@dangling.test>' 'RCPT TO:<bob@us.test>' \
		'RCPT TO:<bob@servfail.test>' 'RCPT TO:<bob@plain.test>' 'RSET' 'QUIT')
	exits 0
	replies '220 250 250 550 550 550 550 450 250 250 221'
	says '^550 5\.1\.10 '
	says '^550 5\.1\.2 '
	says '^550 5\.4\.4 '
	says '^550 5\.4\.6 '
	says '^450 4\.4\.3 .*servfail\.test'
	nobody_contacted
}

@test "the delivery asks the name servers nothing again" {
	converse
	hear '^220 '
	say 'MAIL FROM:<a@sender.test>' 'RCPT TO:<bob@plain.test>'
	hear '^250 '; hear '^250 '
	# From now on there is no way to any name server.
	"$LAB/client" ip route add blackhole 192.0.2.53/32
	say 'DATA' 'Subject: x' '' 'y' '.'
	hear '^354 '; hear '^250 2\.0\.0 delivered'
	"$LAB/client" ip route del blackhole 192.0.2.53/32
	hang_up
	took mx.plain.test 1
}

@test "-bs with -bv or --dry-run: nothing is sent" {
	submit -bv < <(mail_to bob@plain.test)
	replies '220 250 250 250 354 250 221'
	says '^250 2\.0\.0 dry run: nothing was sent, and nothing speaks against 1 recipient$'
	nobody_contacted
}

# ---- the message ----

@test "Bcc is removed, what is missing is added" {
	submit < <(printf '%s\n' 'MAIL FROM:<alice@sender.test>' 'RCPT TO:<bob@plain.test>' 'DATA' \
		'To: bob' 'Bcc: eve@plain.test' 'Subject: x' '' 'y' '.')
	exits 0
	replies '220 250 250 354 250'
	content mx.plain.test | grep -q '^From: alice@sender\.test'
	content mx.plain.test | grep -qi '^Message-ID: <'
	run ! grep -i '^Bcc' <(content mx.plain.test)
	envelope_not mx.plain.test '^to <eve@'
}

@test "the null sender" {
	submit < <(mail_to bob@plain.test | sed 's/^MAIL FROM.*/MAIL FROM:<>/')
	replies '220 250 250 250 354 250 221'
	envelope mx.plain.test '^from <>'
}

@test "what cannot be mailed: 554, and the session goes on" {
	submit < <({
		printf 'MAIL FROM:<alice@sender.test>\r\nRCPT TO:<bob@plain.test>\r\nDATA\r\nSubject: x\r\n\r\na\0b\r\n.\r\n'
		transaction bob@plain.test | crlf
	})
	exits 0
	replies '220 250 250 354 554 250 250 354 250'
	says '^554 5\.6\.0 NUL .*nothing was sent'
	letter_at mx.plain.test
}

@test "above the ceiling: SIZE= is refused at once, content after its end" {
	large_letter 1 >"$letter"
	submit -O size-max=100k < <({
		echo 'MAIL FROM:<alice@sender.test> SIZE=102401'
		mail_to bob@plain.test
	})
	exits 0
	replies '220 552 250 250 250 354 552 221'
	says '^552 5\.3\.4 .*larger'
	nobody_contacted
}

@test "20 MB" {
	large_letter 20 >"$letter"
	submit < <(mail_to bob@plain.test)
	replies '220 250 250 250 354 250 221'
	letter_at mx.plain.test
}

@test "no room for a large message: 452, and nobody is contacted" {
	large_letter 8 >"$letter"
	mail_to bob@plain.test >"$BATS_TEST_TMPDIR/session"
	run --separate-stderr timeout 60 "$LAB/client" unshare --mount sh -c '
		mount -t tmpfs -o size=1m small /var/tmp || exit
		exec "$@"' - "$SENDMX" -bs <"$BATS_TEST_TMPDIR/session"
	exits 0
	says '^452 4\.3\.0 .*[Nn]o space.*nothing was sent'
	[ -z "$stderr" ]
	nobody_contacted
}

@test "SMTP smuggling: with CRLF line ends only CRLF dot CRLF ends the content" {
	submit < <(printf '%s\r\n' 'MAIL FROM:<alice@sender.test>' 'RCPT TO:<bob@plain.test>' 'DATA' 'Subject: x' '' \
		$'one\n.\nMAIL FROM:<eve@sender.test>\nRCPT TO:<carol@plain.test>\nDATA\nevil\n.\r\ntwo' '.' 'QUIT')
	exits 0
	replies '220 250 250 354 250 221'
	took mx.plain.test 1
	envelope_not mx.plain.test carol
}

@test "the content that a blind caller sends after a refused recipient is not taken for commands" {
	submit < <({
		echo 'EHLO x'
		echo 'Subject: MAIL' >"$letter"
		printf '\nMAIL FROM:<eve@sender.test>\nRCPT TO:<carol@plain.test>\nDATA\nevil\n' >>"$letter"
		transaction bob@nullmx.test
		echo 'QUIT'
	})
	exits 0
	replies '220 250 250 550 554 221'
	nobody_contacted
}

# ---- parameters ----

@test "parameters that are understood, and those that are not" {
	submit < <(printf '%s\n' 'EHLO x' \
		'MAIL FROM:<a@sender.test> RET=HDRS ENVID=QQ314159 BODY=7BIT SIZE=9 SMTPUTF8 AUTH=<>' \
		'RCPT TO:<b@plain.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Bx@plain.test' 'RSET' \
		'MAIL FROM:<a@sender.test> RET=MAYBE' 'MAIL FROM:<a@sender.test> ENVID=a=b' 'MAIL FROM:<a@sender.test> SIZE=x' \
		'MAIL FROM:<a@sender.test> BODY=BINARYMIME' 'MAIL FROM:<a@sender.test> COLOUR=RED' \
		'MAIL FROM:<a@sender.test> NOTIFY=NEVER' 'MAIL FROM:<a@sender.test>' \
		'RCPT TO:<b@plain.test> NOTIFY=NEVER,DELAY' 'RCPT TO:<b@plain.test> ORCPT=x' 'RCPT TO:<b@plain.test> RET=FULL' 'QUIT')
	replies '220 250 250 250 250 501 501 501 501 555 555 250 501 501 555 221'
}

@test "an address beyond ASCII needs SMTPUTF8; a Unicode domain does not" {
	submit < <(printf '%s\n' 'MAIL FROM:<a@sender.test>' 'RCPT TO:<björn@plain.test>' 'RCPT TO:<b@bücher.test>' 'RSET' \
		'MAIL FROM:<a@sender.test> SMTPUTF8' 'RCPT TO:<björn@plain.test>' 'QUIT')
	[[ $(codes) =~ ^220\ 250\ 553\ 550\ 250\ 250\ 250\ 221$ ]]
	says '^553 5\.6\.7 '
}

@test "B18: nothing but an address reaches the server" {
	submit < <(printf '%s\r\n' 'MAIL FROM:<alice@sender.test>' $'RCPT TO:<bob@plain.test>\rRCPT TO:<eve@plain.test>' \
		'RCPT TO:<bob@plain.test' 'RCPT TO:<bob plain@plain.test>' 'RCPT TO:<bob@plain.test>x' 'RCPT TO:' 'RCPT TO:<>' \
		$'RCPT TO:<b\x1b@plain.test>' 'QUIT')
	replies '220 250 500 501 501 501 501 550 500 221'
	nobody_contacted
}

# ---- order, noise, ends ----

@test "commands out of order, unknown ones, and all the others" {
	submit < <(printf '%s\r\n' 'RCPT TO:<bob@plain.test>' 'DATA' 'MAIL FROM:<a@sender.test>' 'MAIL FROM:<b@sender.test>' \
		'DATA' 'DATA now' 'rset' 'NOOP x' 'VRFY bob' 'HELP' 'EXPN staff' 'STARTTLS' 'XYZZY' '' 'EHLO' 'MAIL' 'quit')
	exits 0
	replies '220 503 503 250 503 503 501 250 250 252 214 502 502 500 500 501 501 221'
	says '^500 5\.5\.1 '
	says '^503 5\.5\.1 '
	says '^252 2\.'
}

@test "a command above 4 KiB is one 500, and the session goes on" {
	submit < <(printf 'NOOP %5000s\r\nNOOP %100000s\r\nNOOP %4000s\r\nQUIT\r\n' x x x)
	replies '220 500 500 250 221'
}

@test "EHLO, HELO and RSET forget the transaction" {
	submit < <(printf '%s\n' 'MAIL FROM:<a@sender.test>' 'EHLO x' 'RCPT TO:<bob@plain.test>' \
		'MAIL FROM:<a@sender.test>' 'HELO x' 'MAIL FROM:<a@sender.test>' 'RSET' 'DATA' 'QUIT')
	replies '220 250 250 503 250 250 250 250 503 221'
}

@test "the end of input is a quiet end" {
	submit </dev/null
	exits 0
	replies '220'
	submit < <(printf 'EHLO x\nMAIL FROM:<a@sender.test>\nRCPT TO:<bob@plain.test>\n')
	exits 0
	replies '220 250 250 250'
	nobody_contacted
}

@test "the end of input inside DATA sends nothing" {
	submit < <(mail_to bob@plain.test | sed '/^\.$/,$d')
	replies '220 250 250 250 354'
	submit < <(mail_to bob@plain.test | sed '/^\.$/,$d'; printf '.')
	nobody_contacted
}

@test "a signal inside DATA sends nothing" {
	for signal in TERM INT HUP; do
		converse
		say 'MAIL FROM:<a@sender.test>' 'RCPT TO:<bob@plain.test>' 'DATA'
		hear '^220 '; hear '^250 '; hear '^250 '; hear '^354 '
		say 'Subject: x' '' 'y'
		kill -s "$signal" "$job"
		hang_up
		exits 75
		rm "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	done
	nobody_contacted
}

@test "a signal between commands ends the session with 421" {
	converse
	hear '^220 '
	say 'NOOP'; hear '^250 '
	kill "$job"
	hear '^421 4\.'
	hang_up
	exits 75
}

@test "a signal while a server says nothing: the reply says what became of whom" {
	converse
	hear '^220 '
	transaction bob@plain.test carol@mute.test | crlf >&7
	hear '^250 '; hear '^250 '; hear '^250 '; hear '^354 '
	until_true grep -qs 'C: QUIT' "$LAB/mail/mx.plain.test/talk"
	until_true grep -qs ' + ' "$LAB/mail/mx.mute.test/talk"
	kill "$job"
	hear '^451 4\.4\.7 carol@mute\.test: 4\.4\.7 '
	hang_up
	exits 75
}

@test "a caller who no longer listens" {
	mail_to bob@plain.test >"$BATS_TEST_TMPDIR/session"
	run bash -c 'timeout 60 "$LAB/client" "$SENDMX" -bs <"$0" | true' "$BATS_TEST_TMPDIR/session"
	exits 0
}

# ---- what precedes the session ----

@test "a bad configuration is a 421 on standard output" {
	printf 'timeuot 5\n' >"$BATS_TEST_TMPDIR/conf"
	submit -C "$BATS_TEST_TMPDIR/conf" < <(mail_to bob@plain.test)
	exits 78
	says '^421 4\.3\.5 .*conf:1: timeuot: unknown setting'
	submit -Z </dev/null
	exits 64
	says '^421 .*-Z'
}
