#!/usr/bin/env bats
# Deliveries begin while other domains are still being looked up: with a name server that has no answer for the
# address of half.test's exchanger.

load helper
load nameserver

setup_file() {
	lab_start || { [ $? = 1 ] && return; }
	nameserver_start 192.0.2.161=strip
}

teardown_file() {
	nameserver_stop
	lab_stop
	json_is_good
}

# send_to RECIPIENT...: in four seconds at most, all of which half.test takes.
send_to() {
	try -O dnssec=off --resolver 192.0.2.161 --timeout 4 -f alice@sender.test "$@"
}

@test "who shares no exchanger waits for nobody" {
	send_to eve@half.test bob@example.com
	exits 75
	letter_at mx.plain.test
	tells_delivered bob@example.com
	complains '^sendmx: eve@half\.test: 4\.4\.4 '
}

@test "those who share one wait for each other, and for nobody else" {
	send_to eve@half.test bob@good.test carol@alias.test
	exits 75
	tells_delivered bob@good.test
	tells_delivered carol@alias.test
	[ "$(cat "$LAB"/mail/mx.plain.test/*.env "$LAB"/mail/mx.tls.test/*.env | grep -c '^to ')" = 2 ]
	[ "$(cat "$LAB"/mail/mx.plain.test/*.env "$LAB"/mail/mx.tls.test/*.env | grep -c '^from ')" = 1 ]
}

@test "who may share one waits until that is known" {
	send_to eve@both.test bob@good.test
	exits 75
	took mx.plain.test 0
	took mx.tls.test 0
	complains '^sendmx: bob@good\.test: 4\.4\.7 '
}

@test "who wants to see the plan sees it before anybody is contacted" {
	send_to --json eve@half.test bob@example.com
	exits 75
	json '[l["type"] for l in lines][:2] == ["route", "route"]'
	json '[l["delivery"] for l in of("route") if l["outcome"] == "ok"] == [1]'
	took mx.plain.test 0
}
