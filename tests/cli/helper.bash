# shellcheck shell=bash
# What the tests of this folder share: a lab for each file (tests/lab/lab.bash), a letter to send, words
# to say what must have happened. A file may set lab_servers to the real mail servers that it needs.

bats_require_minimum_version 1.5.0
# shellcheck source=../lab/lab.bash
. "$TOP/tests/lab/lab.bash"

lab_servers=()

setup_file() {
	lab_start "${lab_servers[@]}" || [ $? = 1 ]
}

teardown_file() {
	lab_stop
	json_is_good
}

setup() {
	[ -z "$LAB_REFUSED" ] || skip "$LAB_REFUSED"
	rm -f "$LAB"/mail/*.test/*
	letter=$BATS_TEST_TMPDIR/letter
	write_letter >"$letter"
}

# Complete, so that nothing needs to be added.
write_letter() {
	cat <<-'END'
		From: Alice <alice@sender.test>
		To: bob@example.test
		Subject: a letter
		Date: Fri, 20 Nov 2026 12:00:00 +0000
		Message-ID: <letter@sender.test>

		Dear Bob,
		.this line begins with a dot,
		..and this one with two.
		From here on there are blanks at the end:   
			and a tab at the beginning.

		Alice
	END
}

# large_letter MEBIBYTES: the same with a long body.
large_letter() {
	write_letter
	yes 'All work and no play makes Jack a dull boy. All work and no play makes Jack.' |
		head -c "$1"M
	echo
}

# users N DOMAIN: so many addresses there, in the array $users.
users() {
	local i
	users=()
	for ((i = 1; i <= $1; i++)); do
		users+=("user$i@$2")
	done
}

# ---- doing ----

# send ARGUMENT...: sendmx on the client. A run that hangs ends after a minute with 124.
send() {
	timeout --kill-after=5 60 "$LAB/client" "$SENDMX" "$@"
}

# try ARGUMENT...: send the letter; $status, $output (standard output) and $stderr tell.
try() {
	run --separate-stderr send "$@" <"$letter"
	echo "sendmx $*" && echo "exit status $status" && echo "stdout: $output" && echo "stderr: $stderr"
}

# with_resolv_conf TEXT COMMAND...: COMMAND on the client with another resolv.conf.
with_resolv_conf() {
	echo "$1" >"$BATS_TEST_TMPDIR/resolv.conf"
	shift
	timeout --kill-after=5 60 "$LAB/client" unshare --mount sh -c \
		'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$BATS_TEST_TMPDIR/resolv.conf" "$@"
}

# until_true COMMAND...: wait for something that a server is about to do, ten seconds at most.
until_true() {
	local tries=200
	until "$@"; do
		[ $((tries -= 1)) -gt 0 ] || { echo "never came true: $*"; return 1; }
		sleep 0.05
	done
}

# ---- expecting ----

exits() {
	[ "$status" -eq "$1" ] || { echo "expected exit status $1"; return 1; }
}

silent() {
	[ -z "$output$stderr" ] || { echo 'expected no output'; return 1; }
}

# Standard output, standard error: has a line with this extended regular expression, or none has.
says() { grep -Eq -e "$1" <<<"$output" || { echo "expected on stdout: $1"; return 1; }; }
says_not() { ! grep -Eq -e "$1" <<<"$output" || { echo "expected not on stdout: $1"; return 1; }; }
complains() { grep -Eq -e "$1" <<<"$stderr" || { echo "expected on stderr: $1"; return 1; }; }
complains_not() { ! grep -Eq -e "$1" <<<"$stderr" || { echo "expected not on stderr: $1"; return 1; }; }

# Standard error tells apart what was delivered, so that nobody sends it again.
tells_delivered() { complains "^sendmx: delivered.* ${1//./\\.}(,|\$)"; }

# before FIRST SECOND: a line of standard output with the first comes before all with the second.
before() {
	awk -v first="$1" -v second="$2" '!seen && index($0, second) { exit 1 } index($0, first) { seen = 1 }
		END { exit !seen }' <<<"$output" || { echo "expected $1 before $2"; return 1; }
}

# The hosts to which anybody connected, sorted.
contacted() {
	(cd "$LAB/mail" && for talk in *.test/talk; do [ ! -e "$talk" ] || dirname "$talk"; done)
}

nobody_contacted() {
	[ -z "$(contacted)" ] || { echo "contacted: $(contacted)"; return 1; }
}

# took HOST N: this host took exactly so many messages.
took() {
	local envelopes=("$LAB/mail/$1"/*.env)
	[ -e "${envelopes[0]}" ] || envelopes=()
	[ "${#envelopes[@]}" -eq "$2" ] || { echo "$1 took ${#envelopes[@]} messages"; return 1; }
}

# envelope HOST REGEX: an envelope that this host took has such a line. Also envelope_not.
envelope() { grep -Ehq -e "$2" "$LAB/mail/$1"/*.env || { echo "no $2 at $1:"; cat "$LAB/mail/$1"/*.env; return 1; }; }
envelope_not() { ! grep -Ehq -e "$2" "$LAB/mail/$1"/*.env || { echo "$2 at $1"; return 1; }; }

# talked HOST REGEX: the conversations with this host have such a line. Also talked_not, and talks for how many lines.
talked() { grep -Eq -e "$2" "$LAB/mail/$1/talk" || { echo "not said at $1: $2"; cat "$LAB/mail/$1/talk"; return 1; }; }
talked_not() { ! grep -Eq -e "$2" "$LAB/mail/$1/talk" || { echo "said at $1: $2"; return 1; }; }
talks() { grep -Ec -e "$2" "$LAB/mail/$1/talk"; }

# The message that this host took, whole: with the line ends of the wire.
content() {
	cat "$LAB/mail/$1"/*.eml
}

# letter_at HOST: exactly the letter arrived there, once, byte for byte, behind our Received line.
letter_at() {
	took "$1" 1 && content "$1" | head -n 1 | grep -q '^Received: by client\.sender\.test ' &&
		sed 's/$/\r/' "$letter" | cmp - <(content "$1" | tail -n +3)
}

# json FILTER: the JSON lines on standard output, as a python expression over "lines" (a list), is true. They are
# kept until the end of the file, when all of them must be what the manual says.
json() {
	echo "$output" >>"$BATS_FILE_TMPDIR/json"
	python3 -c 'import json, sys
lines = [json.loads(line) for line in sys.stdin if line.strip()]
def of(type): return [line for line in lines if line["type"] == type]
sys.exit(not eval("(" + sys.argv[1] + ")"))' "$1" <<<"$output" || { echo "expected in JSON: $1"; return 1; }
}

json_is_good() {
	[ -e "$BATS_FILE_TMPDIR/json" ] || return 0
	"$TOP/tests/json/validate" "$BATS_FILE_TMPDIR/json" || [ $? = 77 ]
}
