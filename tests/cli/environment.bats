#!/usr/bin/env bats
# The states that callers leave us in: environment, descriptors, umask, signals, user. None of it may decide
# what happens to a message.

load helper

# arrived_from ADDRESS: the letter is at mx.plain.test, sent by him.
arrived_from() {
	letter_at mx.plain.test && envelope mx.plain.test "^from <$1> "
}

# as PROGRAM ARGUMENT ...: this program runs sendmx with "$@" (as "exec env", "python3 -c ..." do).
as() {
	run --separate-stderr timeout --kill-after=5 60 "$LAB/client" "$@" "$SENDMX" bob@plain.test <"$letter"
	echo "exit status $status" && echo "stdout: $output" && echo "stderr: $stderr"
}

# Run sendmx from Python after some lines of preparation.
prepared() {
	as python3 -c "import os, resource, signal, sys
$1
os.execv(sys.argv[1], sys.argv[1:])"
}

@test "cron: HOME, USER, LOGNAME, EMAIL of somebody else" {
	as env -i HOME=/root USER=eve LOGNAME=eve NAME=Eve EMAIL=eve@evil.test REPLYTO=eve@evil.test MAILHOST=evil \
		QMAILUSER=eve NULLMAILER_USER=eve MAILUSER=eve HOSTNAME=evil.test
	exits 0
	silent
	arrived_from root@client.sender.test
}

@test "dovecot: no environment at all" {
	as env -i
	exits 0
	silent
	arrived_from root@client.sender.test
}

@test "no argument at all, not even a name" {
	run --separate-stderr timeout 60 "$LAB/client" python3 -c '
import ctypes, sys
ctypes.CDLL(None).execv(sys.argv[1].encode(), (ctypes.c_char_p * 1)(None))' "$SENDMX" <"$letter"
	[ "$status" -eq 64 ]
	nobody_contacted
}

@test "mailutils: descriptors 1 and 2 are closed" {
	prepared 'os.close(1); os.close(2)'
	exits 0
	arrived_from root@client.sender.test
}

@test "descriptor 0 is closed: 74, nothing is sent" {
	for closed in 0 '0, 1, 2'; do
		prepared "for fd in [$closed]: os.close(fd)"
		exits 74
		nobody_contacted
	done
	[ -z "$stderr" ]
}

@test "descriptor 1 is closed: a dry run that nobody sees is no success" {
	run --separate-stderr "$LAB/client" sh -c 'exec "$@" >&-' - "$SENDMX" -bv bob@plain.test
	[ "$status" = 0 ] || [ "$status" = 74 ]
}

@test "cron and dovecot: leaked descriptors are let go" {
	mkfifo "$BATS_TEST_TMPDIR/leak"
	# Who waits for the end of the leaked pipe does not have to wait for the delivery.
	"$LAB/client" sh -c 'exec "$@" 9>"$0"' "$BATS_TEST_TMPDIR/leak" "$SENDMX" bob@mute.test <"$letter" \
		>/dev/null 2>&1 3>&- &
	timeout 10 cat "$BATS_TEST_TMPDIR/leak"
	until_true test -s "$LAB/mail/mx.mute.test/talk" # by now it obeys signals, and is far from its end
	kill $!
	wait $! || [ $? = 75 ]
}

@test "logwatch: umask 0177, a message too large for memory" {
	large_letter 3 >"$letter"
	prepared 'os.umask(0o177)'
	exits 0
	letter_at mx.plain.test
	prepared 'os.umask(0o777)'
	exits 0
}

@test "mutt: SIGCHLD, SIGTSTP and all others blocked; a SIGTERM ends us all the same" {
	prepared 'signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))'
	exits 0
	arrived_from root@client.sender.test
	"$LAB/client" python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
os.execv(sys.argv[1], sys.argv[1:])' "$SENDMX" bob@mute.test <"$letter" >/dev/null 2>&1 3>&- &
	until_true grep -qs ' + ' "$LAB/mail/mx.mute.test/talk"
	kill $!
	status=0
	wait $! || status=$?
	exits 75
}

@test "mailx, alpine: all signals ignored, SIGPIPE too" {
	prepared 'for number in {1, 2, 3, 13, 17, 20, 21, 22}: signal.signal(number, signal.SIG_IGN)'
	exits 0
	arrived_from root@client.sender.test
}

@test "PHP: a server that hangs up is no SIGPIPE to us" {
	prepared 'signal.signal(signal.SIGPIPE, signal.SIG_DFL)'
	exits 0
	run --separate-stderr send bob@cut.test <"$letter"
	exits 0
}

@test "atd: gid 1; systemd-cron: a uid without passwd entry" {
	chmod 755 "$BATS_TEST_TMPDIR"
	[ "$("$LAB/client" setpriv --reuid 4242 --regid 1 --clear-groups id -u 2>&1)" = 4242 ] ||
		skip 'this namespace has no other users'
	[ -x "$SENDMX" ] && "$LAB/client" setpriv --reuid 4242 --regid 1 --clear-groups test -x "$SENDMX" ||
		skip 'the program is not theirs to run'
	as setpriv --reuid 4242 --regid 1 --clear-groups
	exits 0
	silent
	arrived_from uid4242@client.sender.test
	content mx.plain.test | head -n 1 | grep -q 'uid 4242'
}

@test "the working directory is gone" {
	mkdir "$BATS_TEST_TMPDIR/gone"
	run --separate-stderr "$LAB/client" sh -c 'cd "$0" && rmdir "$0" && exec "$@"' "$BATS_TEST_TMPDIR/gone" \
		"$SENDMX" bob@plain.test <"$letter"
	exits 0
	arrived_from root@client.sender.test
}

@test "nodemailer: standard input is a socket, written to byte by byte" {
	run --separate-stderr timeout 60 "$LAB/client" python3 -c 'import socket, subprocess, sys
ours, theirs = socket.socketpair()
child = subprocess.Popen(sys.argv[1:], stdin=theirs)
theirs.close()
for byte in open("'"$letter"'", "rb").read(): ours.sendall(bytes([byte]))
ours.close()
sys.exit(child.wait())' "$SENDMX" bob@plain.test
	exits 0
	arrived_from root@client.sender.test
}

@test "few descriptors, little memory for files" {
	prepared 'resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))'
	exits 0
	arrived_from root@client.sender.test
}

@test "standard output and standard error are let go of at the end, by all threads" {
	run --separate-stderr timeout 20 bash -c '"$LAB/client" "$SENDMX" --timeout 3 bob@plain.test carol@mute.test <"$0" 2>&1 | cat' "$letter"
	exits 0
	says '^sendmx: carol@mute\.test: 4\.4\.7 '
}

@test "/etc/mailname, then the configured name, then the host's; never localhost" {
	run --separate-stderr "$LAB/client" unshare --mount sh -c '
		mkdir "$0/upper" "$0/work" && cp /etc/hosts /etc/resolv.conf "$0/upper" &&
			echo mail.plain.test >"$0/upper/mailname" &&
			mount -t overlay -o "lowerdir=/etc,upperdir=$0/upper,workdir=$0/work" overlay /etc 2>/dev/null || exit 99
		exec "$@"' "$BATS_TEST_TMPDIR" "$SENDMX" bob@plain.test <"$letter"
	[ "$status" != 99 ] || skip 'this kernel lays nothing over /etc'
	exits 0
	arrived_from root@mail.plain.test
	try -O mail-name=other.test bob@plain.test
	envelope mx.plain.test '^from <root@other\.test> '
}
