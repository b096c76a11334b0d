#!/usr/bin/env bats
# --dry-run=message: what would be sent, byte for byte, and nobody hears of it.

load helper

# shown ARGUMENT...: what is printed, in the file "shown".
shown() {
	timeout 60 "$LAB/client" "$SENDMX" --dry-run=message "$@" >"$BATS_TEST_TMPDIR/shown"
}

# Fields of ours that are another at each moment.
steady() {
	sed -E -e '/^Received: by client\.sender\.test /{N;d}' -e 's/^(Date|Message-ID): .*/\1/' "$@"
}

@test "the bytes that arrive, Received and all" {
	shown -i <"$letter"
	nobody_contacted
	try -i bob@plain.test
	exits 0
	[ "$(head -c 8 "$BATS_TEST_TMPDIR/shown")" = Received ]
	cmp <(steady "$BATS_TEST_TMPDIR/shown") <(content mx.plain.test | steady)
	cmp <(tail -n +3 "$BATS_TEST_TMPDIR/shown") <(sed 's/$/\r/' "$letter")
}

@test "what real callers write" {
	local case argv
	for case in "$TOP"/tests/callers/cases/*.argv; do
		case=${case%.argv}
		mapfile -d '' argv <"$case.argv"
		rm -f "$LAB"/mail/*.test/*
		status=0
		send --route '*=192.0.2.10' "${argv[@]}" <"$case.stdin" 2>"$BATS_TEST_TMPDIR/wanted" || status=$?
		if [ -n "$(contacted)" ]; then
			shown "${argv[@]}" <"$case.stdin"
			cmp <(steady "$BATS_TEST_TMPDIR/shown") <(steady "$LAB"/mail/mx.plain.test/*.eml) ||
				{ echo "$case"; return 1; }
			[ $((count += 1)) ]
		elif ! grep -q 'no recipients' "$BATS_TEST_TMPDIR/wanted"; then
			run --separate-stderr shown "${argv[@]}" <"$case.stdin"
			exits "$status" || { echo "$case: $stderr"; return 1; }
			[ "$stderr" = "$(cat "$BATS_TEST_TMPDIR/wanted")" ]
		fi
	done
	[ "$count" -gt 30 ]
}

@test "a message too large for memory, in bounded memory" {
	large_letter 3 >"$letter"
	shown <"$letter"
	cmp <(tail -n +3 "$BATS_TEST_TMPDIR/shown") <(sed 's/$/\r/' "$letter")
}

@test "long lines are re-coded; eight bits are left for servers that take them" {
	{ write_letter && head -c 5000 /dev/zero | tr '\0' x && echo; } >"$letter"
	shown <"$letter"
	grep -q '^Content-Transfer-Encoding: quoted-printable' "$BATS_TEST_TMPDIR/shown"
	{ write_letter && echo 'Grüße'; } >"$letter"
	shown <"$letter"
	grep -q '^Grüße' "$BATS_TEST_TMPDIR/shown"
}

@test "-t without anybody, bad addresses, -f and -F" {
	printf 'Subject: nobody\n\ntext\n' >"$letter"
	shown -t -f alice@sender.test -F 'A. Lice' <"$letter"
	grep -qx $'From: "A. Lice" <alice@sender.test>\r' "$BATS_TEST_TMPDIR/shown"
	printf 'To: <bob@\n\ntext\n' >"$letter"
	try --dry-run=message -t
	exits 65
	[ -z "$output" ]
	try --dry-run=message 'bob@@'
	exits 65
	[ -z "$output" ]
	try --dry-run=message --json bob@plain.test
	exits 64
	complains 'leave out --json'
	nobody_contacted
}

@test "nobody reads it: 74; no message: 74" {
	[ -e /dev/full ] || skip 'no /dev/full'
	status=0
	"$LAB/client" "$SENDMX" --dry-run=message <"$letter" >/dev/full || status=$?
	exits 74
	run --separate-stderr "$LAB/client" sh -c 'exec "$@" <&-' - "$SENDMX" --dry-run=message
	exits 74
}

@test "nothing is asked of the DNS" {
	with_resolv_conf 'nameserver 192.0.2.254' timeout 3 "$SENDMX" --dry-run=message bob@plain.test <"$letter"
}
