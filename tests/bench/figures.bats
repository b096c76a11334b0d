#!/usr/bin/env bats
# What no load of the machine can change of the figures of ./bench: turns, connections, descriptors. In the
# laboratory of the benchmark, without distance, so that no clock has a say.

bats_require_minimum_version 1.5.0
lab=$BATS_TEST_DIRNAME/lab

setup_file() {
	# shellcheck source=../lab/lab.bash
	. "$TOP/tests/lab/lab.bash"
	LAB_REFUSED=$(lab_obstacle)
	export LAB_REFUSED LAB=$BATS_FILE_TMPDIR/lab
	[ -n "$LAB_REFUSED" ] || "$lab" up 0
}

teardown_file() {
	[ -n "$LAB_REFUSED" ] || "$lab" down
}

setup() {
	[ -z "$LAB_REFUSED" ] || skip "$LAB_REFUSED"
	"$lab" stats reset >/dev/null
	# The laboratory signs its root with a key of its own.
	anchor=()
	[ ! -e "$LAB/root.key" ] || anchor=(-O "trust-anchor=$LAB/root.key")
}

# send ARGUMENT...: a small message by sendmx on the client.
send() {
	printf 'Subject: x\n\nhello\n' |
		"$lab" in client timeout --kill-after=5 60 "$SENDMX" "${anchor[@]}" -f a@sender.test "$@"
}

# count MEMBER N: the server counted so many. Its connections are closed before it is asked.
count() {
	local stats tries=500
	until stats=$("$lab" stats) && [[ $stats == *'"open":0,'* ]]; do
		[ $((tries -= 1)) -gt 0 ] || { echo "connections stay open: $stats"; return 1; }
		sleep 0.02
	done
	[[ $stats == *"\"$1\":$2,"* ]] || { echo "expected $1 to be $2: $stats"; return 1; }
}

# domains LETTER N: an address in so many domains, in the array $addresses.
domains() {
	mapfile -t addresses < <(seq -f "user@$1%04g.test" "$2")
}

@test "turns at the server: greeting, EHLO, envelope, content" {
	send user@d0001.test
	count turns_most 4
	count messages 1
}

@test "turns with CHUNKING: envelope and content are one" {
	send user@c0001.test
	count turns_most 3
	count messages 1
}

@test "turns with TLS: STARTTLS, two for the handshake, of which EHLO shares the second" {
	send user@t0001.test
	count turns_most 7
	count tls 1
	count messages 1
}

@test "turns with both" {
	send user@b0001.test
	count turns_most 6
	count tls 1
	count messages 1
}

@test "500 domains with an exchanger each, 64 descriptors" {
	domains x 500
	for ((n = 1; n <= 500; n++)); do
		printf 'x%04d.test 300 MX 10 mx%d.test\nmx%d.test 300 A 10.77.64.%d\n' "$n" "$n" "$n" $((n % 250 + 1))
	done >"$BATS_TEST_TMPDIR/facts"
	ulimit -n 64
	send --facts "$BATS_TEST_TMPDIR/facts" --parallel 500 "${addresses[@]}"
	count recipients 500
}

@test "1,000 domains of one exchanger: one connection" {
	domains s 1000
	send "${addresses[@]}"
	count recipients 1000
	count connections 1
}

@test "1,000 domains of an exchanger that takes one in a message: one connection" {
	domains l 1000
	send "${addresses[@]}"
	count messages 1000
	count connections 1
}

@test "1,000 recipients of one domain: one message" {
	mapfile -t addresses < <(seq -f 'user%g@d0001.test' 1000)
	send "${addresses[@]}"
	count recipients 1000
	count messages 1
	count connections 1
}
