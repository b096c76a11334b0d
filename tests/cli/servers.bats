#!/usr/bin/env bats
# Real Postfix, Exim and OpenSMTPD take the message over TLS 1.3, and every byte of it arrives.

load helper
lab_servers=(postfix exim opensmtpd)

# stored_by SERVER N: it has stored N messages by now, and here are copies of them: $stored. (Its files
# belong to uids of its own.)
stored_by() {
	rm -rf "$BATS_TEST_TMPDIR/new"
	"$LAB/world" tar -C "$LAB/mail/$1" -cf - new 2>/dev/null | tar -C "$BATS_TEST_TMPDIR" -xf - 2>/dev/null
	stored=("$BATS_TEST_TMPDIR"/new/*)
	[ -e "${stored[0]}" ] && [ "${#stored[@]}" -eq "$2" ]
}

# forget SERVER: remove what it has stored.
forget() {
	lab_has "$1" || skip "$LAB_REFUSED"
	"$LAB/world" find "$LAB/mail/$1" -path '*/new/*' -delete
}

# arrives SERVER: the letter goes to bob there and is found in the maildir, the same to the byte.
arrives() {
	forget "$1"
	try -i -f alice@sender.test "bob@$1.test"
	exits 0
	silent
	until_true stored_by "$1" 1
	"$BATS_TEST_DIRNAME/arrived" "$letter" "${stored[0]}"
	# Each server says in its Received header how the message came.
	sed '/^$/q' "${stored[0]}" | tr -d '\n' | grep -Eq 'TLSv?1\.3'
}

# Awkward and legal: dots, blanks, tabs, long lines, 8-bit text, folded header, no newline trouble.
awkward_letter() {
	write_letter | sed '/^$/,$d'
	printf 'X-Folded: one\n\ttwo\n  three\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n'
	printf 'Content-Transfer-Encoding: 8bit\n\n'
	printf '.\n..\n...\n.dot\nFrom nobody\n>From somebody\n \n\t\n\n\ntrailing   \ntab\t\n'
	printf 'Größe, Übermut, naïveté, 漢字, 🙂\n'
	printf '%.0sx' {1..997} && echo
	printf 'lines %s\n' {1..200}
	printf '.\n'
}

@test "Postfix over TLS 1.3, byte for byte" { arrives postfix; }
@test "Exim over TLS 1.3, byte for byte" { arrives exim; }
@test "OpenSMTPD over TLS 1.3, byte for byte" { arrives opensmtpd; }

@test "Postfix: an awkward message" { awkward_letter >"$letter"; arrives postfix; }
@test "Exim: an awkward message" { awkward_letter >"$letter"; arrives exim; }
@test "OpenSMTPD: an awkward message" { awkward_letter >"$letter"; arrives opensmtpd; }

@test "Postfix: two megabytes" { large_letter 2 >"$letter"; arrives postfix; }
@test "Exim: two megabytes" { large_letter 2 >"$letter"; arrives exim; }
@test "OpenSMTPD: two megabytes" { large_letter 2 >"$letter"; arrives opensmtpd; }

@test "all three at once; Exim's best exchanger is off" {
	for server in "${lab_servers[@]}"; do
		forget "$server"
	done
	try bob@postfix.test carol@exim.test dave@opensmtpd.test
	exits 0
	silent
	for server in "${lab_servers[@]}"; do
		until_true stored_by "$server" 1
		"$BATS_TEST_DIRNAME/arrived" "$letter" "${stored[0]}"
	done
}

@test "a hundred recipients at each of them" {
	for server in "${lab_servers[@]}"; do
		forget "$server"
		users 100 "$server.test"
		try "${users[@]}"
		exits 0
		silent
		until_true stored_by "$server" 100
	done
}

@test "relaying is refused: each server's own words, 5xx" {
	for server in "${lab_servers[@]}"; do
		lab_has "$server" || skip "$LAB_REFUSED"
	done
	for address in 192.0.2.31 192.0.2.32 192.0.2.33; do
		try --route "elsewhere.test=[$address]" bob@elsewhere.test
		[ "$status" -ne 0 ] && [ "$status" -ne 75 ]
		complains "^sendmx: bob@elsewhere\.test: 5\.[0-9.]+ .*$address.* said: 5[0-9][0-9] "
	done
}
