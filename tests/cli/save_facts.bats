#!/usr/bin/env bats
# --save-facts: what servers said in one run is replayed by --facts, to the byte, where there are no servers.

load helper
load nameserver

setup_file() {
	lab_start || { [ $? = 1 ] && return; }
	nameserver_start 192.0.2.160=ad 192.0.2.164=silent
}

teardown_file() {
	nameserver_stop
	lab_stop
	json_is_good
}

# both ARGUMENT...: a run, and its replay away from all servers: they say the same and end the same.
both() {
	local first_output first_stderr first_status
	facts=$BATS_TEST_TMPDIR/facts
	run --separate-stderr send --save-facts "$facts" "$@" <"$letter"
	echo "sendmx $*" && echo "exit status $status" && echo "stdout: $output" && echo "stderr: $stderr"
	first_output=$output first_stderr=$stderr first_status=$status
	echo "facts:" && cat "$facts"
	run --separate-stderr with_resolv_conf 'nameserver 192.0.2.98' "$SENDMX" --facts "$facts" "$@" <"$letter"
	diff <(without_times <<<"$first_output") <(without_times <<<"$output") &&
		diff <(echo "$first_stderr") <(echo "$stderr") && [ "$status" -eq "$first_status" ]
}

without_times() {
	sed -E 's/[0-9]+ ms to connect, [0-9]+ ms after//; s/"ms":[0-9]+,"dns":\{[^}]*\}//'
}

# In words and as JSON.
dry() {
	both --dry-run "$@" && both --dry-run --json "$@"
}

@test "what a real unbound says" {
	dry bob@plain.test bob@repaired.test bob@servfail.test bob@many.test bob@nowhere.test bob@client.sender.test \
		bob@postfix.test bob@tls.test
}

@test "SERVFAIL, REFUSED and silence, in the very words" {
	dry --resolver 192.0.2.160 bob@dark.test bob@closed.test bob@good.test bob@alias.test bob@empty.test bob@no.test
	exits 75
	grep -F ';! trouble dark.test MX "192.0.2.160 answers SERVFAIL to MX dark.test (EDE 22: No Reachable Authority: at delegation \"dark.test\")"' "$facts"
	grep -F ';! trouble closed.test MX "192.0.2.160 answers REFUSED to MX closed.test (EDE 18: Prohibited: not \\x1b[1myou)"' "$facts"
	grep -F ';! reply no.test MX nxdomain' "$facts"
}

@test "a server that does not answer, and a run whose time is over" {
	both --timeout 1 --resolver 192.0.2.164 --dry-run bob@good.test
	exits 75
	grep -F ';! trouble good.test MX "no answer from 192.0.2.164 to MX good.test before the time was over"' "$facts"
}

# From everywhere: with another name, other addresses and no way to the internet.
@test "a check of the sender is replayed elsewhere" {
	local kept=$BATS_TEST_TMPDIR/facts
	"$LAB/client" ip addr add 192.0.2.3/24 dev eth0
	"$LAB/client" ip route add default dev eth0
	run --separate-stderr send --save-facts "$kept" --check-sender=alice@plain.test
	"$LAB/client" ip route delete default dev eth0
	"$LAB/client" ip addr delete 192.0.2.3/24 dev eth0
	echo "exit status $status" && echo "stdout: $output" && cat "$kept"
	says '^alice@plain\.test from 192\.0\.2\.1$'
	says_not 'from 192\.0\.2\.3$'
	says 'EHLO +client\.sender\.test: leads to the address'
	local first_output=$output first_status=$status
	run --separate-stderr "$LAB/client" unshare --uts --net sh -c 'hostname elsewhere.example.com && exec "$@"' - \
		"$SENDMX" --facts "$kept" --check-sender=alice@plain.test
	diff <(echo "$first_output") <(echo "$output")
	[ "$status" -eq "$first_status" ]
}

@test "who we are is saved" {
	dry bob@client.sender.test
	grep -Fx ';! self client.sender.test' "$facts"
	grep -Fx ';! self 192.0.2.1' "$facts"
}

@test "a delivery and a probe keep their facts too" {
	both bob@plain.test
	exits 0
	took mx.plain.test 2
	both --dry-run=rcpt bob@plain.test
	exits 0
}

@test "a delivery counts for more than its facts" {
	mkdir "$BATS_TEST_TMPDIR/gone"
	# The folder is there when the run begins, and gone when it ends.
	(umask 077 && cat >"$BATS_TEST_TMPDIR/pull" <<-END)
		#!/bin/sh
		cat "$letter"
		until ls "$BATS_TEST_TMPDIR"/gone/facts.* >/dev/null 2>&1; do :; done
		rm -rf "$BATS_TEST_TMPDIR/gone"
	END
	run --separate-stderr bash -c 'sh "$1/pull" | timeout 60 "$LAB/client" "$SENDMX" --save-facts "$1/gone/facts" bob@plain.test' \
		- "$BATS_TEST_TMPDIR"
	echo "$stderr"
	exits 0
	complains '^sendmx: --save-facts .*/gone/facts: No such file or directory$'
	took mx.plain.test 1
}

@test "nobody is asked when the file cannot be written" {
	try --save-facts "$BATS_TEST_TMPDIR/none/facts" bob@plain.test
	exits 74
	complains '^sendmx: --save-facts .*: No such file or directory$'
	nobody_contacted
}
