#!/usr/bin/env bats
# -v and --trace: the conversation, fit to be pasted into a bug report.

load helper

# Each line of a conversation: when, with whom, which way.
every_line_is_whole() {
	! grep -E ' (<-|->|--) ' <<<"$output" | grep -v '^DNS -- ' |
		grep -Ev '^ *[0-9]+ ms [a-z0-9.-]+ \[[0-9a-f.:]+\] (<-|->|--) .'
}

# Nothing that a terminal obeys.
harmless() {
	! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' <<<"$output$stderr" && iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
}

@test "--trace: who was reached, what was said, and nothing of the letter" {
	try --trace bob@plain.test
	exits 0
	says '^ *[0-9]+ ms mx\.plain\.test \[[0-9a-f.:]+\] -- connected, port 25, after [0-9]+ ms$'
	says ' <- 220 '
	says ' -> EHLO client\.sender\.test$'
	says ' -> RCPT TO:<bob@plain\.test>$'
	says ' -- message, [0-9]+ bytes$'
	says ' -> QUIT$'
	says_not 'Dear Bob|a letter|no play'
	every_line_is_whole
}

@test "-v: the same, without times" {
	try -v bob@plain.test
	exits 0
	says '^mx\.plain\.test -- connected, port 25'
	says '^mx\.plain\.test -> MAIL FROM:'
}

@test "--trace: what TLS has come to, and whose certificate it is" {
	try --trace bob@tls.test
	exits 0
	says ' -- TLS1\.3 [A-Z0-9-]+ [A-Z0-9-]+$'
	says ' -- certificate for .*, (RSA|EC) [0-9]+, of .*, from [0-9-]+ to [0-9-]+$'
	says ' -- certificate .*(self-signed|issuer)'
	every_line_is_whole
}

@test "-v does not ask for certificates" {
	try -v bob@tls.test
	exits 0
	says ' -- TLS1\.3 '
	says_not 'certificate'
}

@test "several deliveries at once: each line says whose it is" {
	try --trace bob@plain.test carol@tls.test dave@implicit.test
	exits 0
	every_line_is_whole
	for host in mx.plain.test mx.tls.test implicit.test; do
		says " ms ${host//./\\.} .* -> QUIT"
	done
}

@test "addresses where nobody answers" {
	try --trace bob@fallback.test
	exits 0
	says 'mx1\.fallback\.test \[192\.0\.2\.98\] -- .*, port 25, after [0-9]+ ms'
	says 'mx2\.fallback\.test \[192\.0\.2\.12\] -- connected'
}

@test "a server that would write on our terminal, in words and in JSON" {
	try --trace bob@esc.test
	says ' <- 550 5\.1\.1 \\x1b\[2J\\x1b\[31m\\x07no\\x9b1m\\xff\\x09user$'
	harmless
	try --trace --json bob@esc.test
	json 'any(line["direction"] == "<" and "\\x1b[2J" in line["text"] for line in of("line"))'
	harmless
}

@test "a server that is none" {
	try --trace bob@early.test
	says ' <- welcome, friend\\x0d\\x0a'
	says ' -- a line without a reply code$'
	harmless
}
