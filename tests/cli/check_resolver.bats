#!/usr/bin/env bats
# --check-resolver: what name servers are worth, against servers with manners (tests/lab/nameserver.py) and
# real ones.

load helper
load nameserver

manners=(
	192.0.2.160=ad 192.0.2.161=strip 192.0.2.162=rewrite 192.0.2.163=formerr 192.0.2.164=silent 192.0.2.165=refuse
	192.0.2.166=small 192.0.2.167=authority 192.0.2.168=notcp 192.0.2.169=tcponly 192.0.2.170=rewritecom
	192.0.2.171=nodata 192.0.2.172=fail 192.0.2.173=dropedns 192.0.2.174=cut 192.0.2.175=noedns 192.0.2.176=lossy
)

setup_file() {
	lab_start || { [ $? = 1 ] && return; }
	nameserver_start "${manners[@]}"
}

teardown_file() {
	nameserver_stop
	lab_stop
	json_is_good
}

# check ADDRESS: this server alone, which is not waited for long.
check() {
	run --separate-stderr with_resolv_conf "nameserver $1"$'\noptions timeout:1' "$SENDMX" --check-resolver
	echo "exit status $status" && echo "stdout: $output" && echo "stderr: $stderr"
}

# judged WORDS: the line of judgement begins so, wherever it was broken.
judged() {
	grep -Fq ": $1" <<<"$(tr -s '\n ' ' ' <<<"$output")" || { echo "expected the judgement: $1"; return 1; }
}

@test "a good server, which validates" {
	check 192.0.2.160
	exits 0
	says '^192\.0\.2\.160  +(< 1|[0-9]+) ms  +(< 1|[0-9]+) ms  +1232 bytes  +passed, checked  +NXDOMAIN$'
	judged 'good, and checks DNSSEC itself'
	says '^the name server is good$'
}

@test "DNSSEC records are stripped" {
	check 192.0.2.161
	exits 0
	judged 'works, but passes no DNSSEC records: DANE would be off'
	says '^the name server can be used$'
}

@test "unknown names are rewritten" {
	check 192.0.2.162
	exits 0
	judged 'works, but rewrites unknown names to 192.0.2.166: typos would look like hosts'
	check 192.0.2.170
	judged 'works, but rewrites unknown names to 192.0.2.166: typos would look like hosts'
}

@test "unknown names exist" {
	check 192.0.2.171
	exits 0
	judged 'works, but says that unknown names exist: typos are not told as such'
}

@test "no EDNS: refused, answered without, or dropped" {
	for server in 192.0.2.163 192.0.2.175 192.0.2.173; do
		check "$server"
		exits 0
		judged 'works, but knows no EDNS, and so no DNSSEC: DANE would be off'
	done
}

@test "no answer, or over TCP only" {
	check 192.0.2.164
	exits 75
	says '^192\.0\.2\.164  +none$'
	judged 'does not answer'
	says '^no name server can be used: mail for any domain would be put off$'
	check 192.0.2.169
	exits 75
	judged 'answers over TCP only, and is asked over UDP'
}

@test "nobody listens" {
	check 192.0.2.98
	exits 75
	judged 'cannot be asked: Connection refused'
}

@test "refuses, fails, looks up nothing" {
	check 192.0.2.165
	exits 75
	judged 'refuses to answer this machine'
	check 192.0.2.172
	exits 75
	judged 'answers SERVFAIL to A example.com'
	check 192.0.2.167
	exits 75
	judged 'looks up nothing for others (no recursion)'
}

@test "large answers get lost, are cut short, and TCP is not there" {
	check 192.0.2.166
	exits 0
	judged 'works, but large answers get lost over UDP'
	check 192.0.2.174
	exits 0
	judged 'good'
	check 192.0.2.168
	exits 0
	judged 'works, but not over TCP (Connection refused): large answers would fail'
}

@test "packets get lost" {
	check 192.0.2.176
	exits 0
	says 'left [1-6] of 7 questions without an answer'
}

@test "all of resolv.conf, side by side" {
	run --separate-stderr with_resolv_conf $'nameserver 192.0.2.164\nnameserver 192.0.2.160\nnameserver 192.0.2.161\noptions timeout:1' \
		"$SENDMX" --check-resolver
	echo "$output"
	exits 0
	before '192.0.2.164: ' '192.0.2.160: '
	says '^2 of 3 name servers can be used, 1 without reserve; each run begins with one of'
}

@test "JSON: a line for each server and one for all" {
	run --separate-stderr send --json --resolver 192.0.2.162 --check-resolver
	exits 0
	json '[line["type"] for line in lines] == ["resolver", "resolvers", "summary"]'
	json 'of("resolver")[0]["server"] == "192.0.2.162" and of("resolver")[0]["port"] == 53'
	json 'of("resolver")[0]["verdict"] == "usable" and of("resolver")[0]["rewritten_to"] == "192.0.2.166"'
	json 'of("resolver")[0]["tcp"] and of("resolver")[0]["edns_size"] == 1232 and of("resolver")[0]["dnssec"]'
	json 'of("resolvers")[0]["usable"] == 1 and of("resolvers")[0]["good"] == 0 and of("resolvers")[0]["exit"] == 0'
}

@test "long addresses do not make long lines" {
	run --separate-stderr send --resolver '[2001:db8:1111:2222:3333:4444:5555:6666]:5353' --check-resolver
	exits 75
	says '^\[2001:db8:1111:2222:3333:4444:5555:6666\]:5353$'
	says '^  none$'
	says_not '.{81}'
}

@test "the run's time is kept" {
	run --separate-stderr send --timeout 1 --resolver 192.0.2.164 --check-resolver
	exits 75
	judged 'did not answer in the time there was'
	says '^there was no time to find a name server that can be used$'
	says_not 'mail for any domain'
}

@test "another name outside; no facts, no two names" {
	run --separate-stderr send --resolver 192.0.2.160 --check-resolver dark.test
	exits 75
	judged 'answers SERVFAIL to A dark.test'
	run --separate-stderr send --resolver 192.0.2.160 --check-resolver a.test b.test
	exits 64
	run --separate-stderr send --facts /dev/null --check-resolver
	exits 64
}

@test "the real unbound and NSD" {
	check 192.0.2.53
	exits 0
	says '^192\.0\.2\.53  +(< 1|[0-9]+) ms  +(< 1|[0-9]+) ms  +[0-9]+ bytes  +not passed  +NXDOMAIN$'
	judged 'works, but passes no DNSSEC records: DANE would be off; says that example.com does not exist'
	check 192.0.2.54
	exits 75
	judged 'looks up nothing for others (no recursion)'
}

@test "the real dnsmasq" {
	dnsmasq=$TOP/build/peers/dnsmasq/usr/sbin/dnsmasq
	[ -x "$dnsmasq" ] || skip 'dnsmasq is not in build/peers: run "make deps"'
	"$LAB/world" ip address add 192.0.2.177/24 dev eth0
	"$LAB/world" "$dnsmasq" --keep-in-foreground --conf-file=/dev/null --pid-file= --user= --no-hosts --no-resolv \
		--bind-interfaces --listen-address=192.0.2.177 --except-interface=lo --server=192.0.2.160 \
		>"$LAB/dnsmasq.log" 2>&1 3>&- 4>&- &
	dnsmasq=$!
	until_true "$LAB/client" bash -c ': <>/dev/tcp/192.0.2.177/53'
	check 192.0.2.177
	kill "$dnsmasq"
	exits 0
	judged 'good'
}
