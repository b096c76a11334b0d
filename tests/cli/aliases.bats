#!/usr/bin/env bats
# Aliases and the virtual map on their way from the files to the envelope; what they mean is asked in
# tests/unit/aliases.c.

load helper

setup() {
	[ -z "$LAB_REFUSED" ] || skip "$LAB_REFUSED"
	rm -f "$LAB"/mail/*.test/*
	letter=$BATS_TEST_TMPDIR/letter
	write_letter >"$letter"
	aliases=$BATS_TEST_TMPDIR/aliases
	virtual=$BATS_TEST_TMPDIR/virtual
	cat >"$aliases" <<-'END'
		root: bob@plain.test
		team: carol@plain.test, dave@old.test,
		    root
		broken: erin@plain.test, |/bin/id
		circle: ring
		ring: circle
	END
	cat >"$virtual" <<-'END'
		info@own.test   team
		@own.test       frank@plain.test
		@second.test    @plain.test
	END
	with=(-O "aliases=$aliases" -O "virtual=$virtual")
}

@test "a local name, a team, and the same person once" {
	try "${with[@]}" root team
	exits 0
	silent
	envelope mx.plain.test '^to <bob@plain\.test>'
	envelope mx.plain.test '^to <carol@plain\.test>'
	envelope mx.old.test '^to <dave@old\.test>'
	[ "$(cat "$LAB"/mail/mx.plain.test/*.env | grep -c '^to ')" = 2 ]
	took mx.plain.test 1
}

@test "full addresses, whole domains, and one domain beside the other" {
	try "${with[@]}" info@own.test any@own.test grace@second.test
	exits 0
	for name in carol bob frank grace; do
		envelope mx.plain.test "^to <$name@plain\.test>"
	done
	envelope mx.old.test '^to <dave@old\.test>'
}

@test "from the header, with -t" {
	sed -i 's/^To: .*/To: root/' "$letter"
	try "${with[@]}" -t
	exits 0
	envelope mx.plain.test '^to <bob@plain\.test>'
}

@test "what an alias cannot lead to is told, and the others get the message" {
	try "${with[@]}" broken circle root
	[ "$status" -ne 0 ]
	complains '^sendmx: broken: 5\.'
	complains '^sendmx: circle: 5\.'
	envelope mx.plain.test '^to <bob@plain\.test>'
	envelope mx.plain.test '^to <erin@plain\.test>'
	tells_delivered erin@plain.test
}

@test "-bv shows whom an alias leads to, and sends nothing" {
	try -bv "${with[@]}" team
	exits 0
	says '^plain\.test$'
	says 'carol@plain\.test'
	says 'dave@old\.test'
	nobody_contacted
}

@test "-bs: aliases are followed at RCPT; one that leads nowhere is refused there" {
	{
		printf '%s\n' 'MAIL FROM:<alice@sender.test>' 'RCPT TO:<team>' 'RCPT TO:<circle>' 'RCPT TO:<info@own.test>' 'DATA'
		cat "$letter"
		printf '%s\n' . 'MAIL FROM:<alice@sender.test>' 'RCPT TO:<broken>' 'DATA' x . QUIT
	} >"$BATS_TEST_TMPDIR/session"
	run --separate-stderr send -bs "${with[@]}" <"$BATS_TEST_TMPDIR/session"
	exits 0
	output=${output//$'\r'/}
	echo "$output"
	[ -z "$stderr" ]
	says '^550 5\.[0-9.]+ .*circle'
	says '^250 2\.0\.0 delivered to 3 recipients$'
	says '^554-5\.[0-9.]+ delivered, .* erin@plain\.test$'
	says '^554 5\.[0-9.]+ broken: '
	envelope mx.plain.test '^to <carol@plain\.test>'
	envelope mx.old.test '^to <dave@old\.test>'
}

@test "a local name without alias whose domain is this very machine: what to write where" {
	try "${with[@]}" -O mail-name=us.test zoe
	exits 69
	complains '^sendmx: zoe@us\.test: 5\.4\.6 .*"zoe: ADDRESS" in .*/aliases'
	nobody_contacted
}

@test "files that are configured and not there" {
	try -O "aliases=$BATS_TEST_TMPDIR/nowhere" root bob@plain.test
	[ "$status" -ne 0 ]
	complains '^sendmx: root: .*nowhere'
	letter_at mx.plain.test
	try -O aliases=nowhere bob@plain.test
	exits 78
	complains 'aliases.*not an absolute path'
}
