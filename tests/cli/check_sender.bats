#!/usr/bin/env bats
# --check-sender over a real name server, whose answers come one after the other.

load helper

check() {
	run --separate-stderr send "$@" </dev/null
	echo "sendmx $*" && echo "exit status $status" && echo "stdout: $output" && echo "stderr: $stderr"
}

@test "a sender of the lab: found out by asking, nobody is contacted" {
	check --json --check-sender=alice@plain.test -O hostname=mx.plain.test 192.0.2.10
	json 'len(of("sender")) == 1 and of("sender")[0]["ip"] == "192.0.2.10"'
	json 'of("sender")[0]["hello"]["leads_back"]'
	json 'of("sender")[0]["bounces"]["hosts"] == ["mx.plain.test"]'
	json 'of("sender")[0]["spf"]["result"] == "none" and of("sender")[0]["spf"]["text"] == "plain.test has no SPF record"'
	json 'of("summary")[0]["exit"] == '"$status"
	exits 69
	nobody_contacted
}

@test "the address with which this machine reaches others, or an address that is missing" {
	check --json --check-sender=alice@plain.test
	exits 69
	json 'of("sender") or "name the one to be judged" in of("error")[0]["text"]'
}

@test "the sender named without an equals sign; an IPv4 address in the clothes of IPv6" {
	check --check-sender alice@plain.test
	exits 64
	complains ': alice@plain\.test is no IP address: the sender is named as --check-sender=alice@plain\.test$'
	check --check-sender=alice@plain.test --json ::ffff:10.0.0.1
	json 'of("sender")[0]["ip"] == "10.0.0.1" and "RFC 1918" in of("sender")[0]["private"]'
}

@test "no answer is no verdict: 75 where nothing else speaks against it" {
	run --separate-stderr with_resolv_conf 'nameserver 192.0.2.98' "$SENDMX" --check-sender=alice@plain.test \
		-O hostname=mx.plain.test 192.0.2.10
	exits 75
	says 'unknown  .*192\.0\.2\.98'
	says_not 'problem'
}

@test "the time for the run is over" {
	run --separate-stderr with_resolv_conf 'nameserver 192.0.2.99' "$SENDMX" --timeout 1 \
		--check-sender=alice@plain.test -O hostname=mx.plain.test 192.0.2.10
	exits 75
	# One reason, told once.
	[ "$(grep -c '^  unknown ' <<<"$output")" = 1 ]
	says 'SPF  .*temperror: cannot be looked up now$'
	says 'bounces  .*cannot be looked up now$'
	tr -s ' \n' ' ' <<<"$output" | grep -Fq 'unknown no answer from 192.0.2.99 to PTR 10.2.0.192.in-addr.arpa, '
}

@test "--dkim-selector is not for messages" {
	check --dkim-selector s1 bob@plain.test
	exits 64
	complains '^sendmx: --dkim-selector goes with --check-sender only$'
}
