#!/usr/bin/env bats
# SIGINT and SIGTERM in a delivery: what was delivered is told, the rest is put off, nothing is half sent.

load helper

# start ARGUMENT...: sendmx in the background; $job is its process.
start() {
	"$LAB/client" "$SENDMX" "$@" <"$letter" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	job=$!
}

# finish SIGNAL: send it; as after "try", $status, $output and $stderr tell.
finish() {
	kill -s "$1" "$job"
	SECONDS=0
	status=0
	wait "$job" || status=$?
	output=$(<"$BATS_TEST_TMPDIR/out")
	stderr=$(<"$BATS_TEST_TMPDIR/err")
	echo "exit status $status" && echo "stdout: $output" && echo "stderr: $stderr"
	[ "$SECONDS" -lt 5 ]
}

# seen HOST TEXT: the conversations with this host have such a line by now.
seen() { grep -qs -e "$2" "$LAB/mail/$1/talk"; }

interrupted() {
	start bob@plain.test carol@mute.test
	until_true seen mx.plain.test 'C: QUIT'
	until_true seen mx.mute.test ' + '
	finish "$1"
	exits 75
	tells_delivered bob@plain.test
	complains '^sendmx: carol@mute\.test: 4\.4\.7 '
	letter_at mx.plain.test
}

@test "SIGTERM while a server says nothing" { interrupted TERM; }
@test "SIGINT while a server says nothing" { interrupted INT; }
@test "SIGHUP while a server says nothing" { interrupted HUP; }

# has_socket PROTOCOL TEXT: the client's machine has a socket whose line in /proc/net reads so.
has_socket() {
	"$LAB/client" cat /proc/net/"$1" /proc/net/"$1"6 | grep -q -- "$2"
}

@test "SIGTERM while a connection is being made" {
	start bob@hole.test
	until_true has_socket tcp ':0019 02 ' # to port 25, SYN sent
	finish TERM
	exits 75
	complains '^sendmx: bob@hole\.test: 4\.'
}

@test "SIGTERM while the name server says nothing" {
	start --resolver 192.0.2.99 bob@plain.test
	until_true has_socket udp ' 630200C0:0035 '
	finish TERM
	exits 75
	complains '^sendmx: bob@plain\.test: 4\.'
	nobody_contacted
}

@test "SIGTERM within the content: nothing was delivered there" {
	large_letter 20 >"$letter"
	start bob@deaf.test
	until_true seen mx.deaf.test 'C: DATA'
	finish TERM
	exits 75
	complains '^sendmx: bob@deaf\.test: 4\.'
	took mx.deaf.test 0
}

@test "SIGTERM in a run with --json leaves whole lines" {
	start --json bob@plain.test carol@mute.test
	until_true seen mx.plain.test 'C: QUIT'
	until_true seen mx.mute.test ' + '
	finish TERM
	exits 75
	json '{r["recipient"]: r["outcome"] for r in of("result")} == {"bob@plain.test": "delivered", "carol@mute.test": "deferred"}'
	json 'lines[-1]["type"] == "summary" and lines[-1]["exit"] == 75'
}
