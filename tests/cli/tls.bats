#!/usr/bin/env bats
# Opportunistic STARTTLS: taken where offered; when it breaks, others with TLS first, then in clear (RULES.md B19, C).

load helper

@test "TLS 1.3" {
	try bob@tls.test
	exits 0
	silent
	letter_at mx.tls.test
	envelope mx.tls.test '^tls TLSv1\.3 '
	# EHLO anew after the handshake, MAIL never before it.
	[ "$(talks mx.tls.test ' C: EHLO client\.sender\.test$')" = 2 ]
	[ "$(grep -n ' \* TLSv1.3' "$LAB/mail/mx.tls.test/talk" | cut -d: -f1)" -lt \
		"$(grep -n ' C: MAIL' "$LAB/mail/mx.tls.test/talk" | cut -d: -f1)" ]
}

@test "TLS 1.2" {
	try bob@tls12.test
	exits 0
	letter_at mx.tls12.test
	envelope mx.tls12.test '^tls TLSv1\.2 '
}

@test "a large message over TLS" {
	large_letter 8 >"$letter"
	try bob@tls.test
	exits 0
	letter_at mx.tls.test
	envelope mx.tls.test '^tls TLSv1\.3 '
}

@test "--json names version and cipher" {
	try --json bob@tls.test
	exits 0
	json 'of("attempt")[0]["tls"]["version"] == "TLS1.3" and of("attempt")[0]["tls"]["cipher"]'
	json 'of("result")[0]["tls"] == "opportunistic"'
}

@test "STARTTLS refused: in clear" {
	try bob@notls.test
	exits 0
	letter_at mx.notls.test
	envelope mx.notls.test '^tls none$'
}

@test "a handshake breaks: the other exchanger with TLS rather than this one in clear" {
	try bob@badtls.test
	exits 0
	letter_at mx2.badtls.test
	envelope mx2.badtls.test '^tls TLSv1\.3 '
	took mx1.badtls.test 0
}

@test "a handshake breaks and there is no other exchanger: in clear, on a new connection, and the report says so" {
	try --json bob@onlybadtls.test
	exits 0
	letter_at mx1.badtls.test
	envelope mx1.badtls.test '^tls none$'
	[ "$(talks mx1.badtls.test ' \+ ')" = 2 ]
	talked_not mx1.badtls.test '^1 C: MAIL'
	talked_not mx1.badtls.test '^2 C: STARTTLS'
	json 'of("result")[0]["tls"] == "none"'
	json 'any("TLS" in a.get("text", "") or "handshake" in a.get("text", "") for a in of("attempt"))'
}

@test "garbage in place of a handshake: in clear, on a new connection" {
	try bob@garbagetls.test
	exits 0
	letter_at mx.garbagetls.test
	talked_not mx.garbagetls.test '^1 C: MAIL'
}

@test "B19: replies glued to the STARTTLS reply end the session" {
	try bob@glued.test
	talked mx.glued.test '^1 C: STARTTLS'
	# The very first conversation ends there: no handshake, nothing more.
	talked_not mx.glued.test '^1 \* '
	talked_not mx.glued.test '^1 C: MAIL'
	# Whatever happens afterwards, the forged "SIZE 1" was not believed.
	complains_not '5\.3\.4'
}
