#!/usr/bin/env bats
# --probe: every exchanger and every address, side by side; what is advised when nobody can be reached.

load helper

lab_servers=(postfix)

# make_certificate NAME NAME-OF-HOST KEY-OPTIONS [LINE-OF-TEMPLATE...]: signed by the lab's authority,
# or by itself where the key options have --self.
make_certificate() {
	local file=$folder/$1 host=$2 type=$3 how=--generate-certificate sign
	sign=(--load-ca-certificate "$LAB/tls/ca.pem" --load-ca-privkey "$LAB/tls/ca.key")
	shift 3
	printf '%s\n' "cn = \"$host\"" "dns_name = \"$host\"" tls_www_server signing_key encryption_key "$@" \
		>"$file.template"
	# shellcheck disable=SC2086 # words
	certtool --generate-privkey ${type#--self } --outfile "$file.key"
	case $type in --self*) how=--generate-self-signed sign=() ;; esac
	certtool "$how" --template "$file.template" --load-privkey "$file.key" "${sign[@]}" --outfile "$file.pem"
}

write_servers() {
	cat >"$folder/probe.ini" <<-END
		[DEFAULT]
		offers = PIPELINING, SIZE 1000000

		[good.certs.test]
		address = 192.0.2.201
		tls = 1.3
		certificate = $folder/good

		[expired.certs.test]
		address = 192.0.2.202
		tls = 1.3
		certificate = $folder/expired

		[wrong.certs.test]
		address = 192.0.2.203
		tls = 1.2
		certificate = $folder/wrong

		[self.certs.test]
		address = 192.0.2.204
		tls = 1.3
		certificate = $folder/self

		[first.table.test]
		address = 192.0.2.205 2001:db8::205
		obey = no

		[second.table.test]
		address = 192.0.2.206
		together = 2

		[third.table.test]
		address = 192.0.2.207
		offers = SIZE 5
		together = 2
	END
}

# Where they are; 192.0.2.99 is silence, 192.0.2.98 refuses.
write_facts() {
	cat >"$folder/facts" <<-'END'
		certs.test. MX 10 good.certs.test.
		certs.test. MX 20 expired.certs.test.
		certs.test. MX 30 wrong.certs.test.
		certs.test. MX 40 self.certs.test.
		good.certs.test. A 192.0.2.201
		expired.certs.test. A 192.0.2.202
		wrong.certs.test. A 192.0.2.203
		self.certs.test. A 192.0.2.204
		table.test. MX 10 first.table.test.
		table.test. MX 20 second.table.test.
		table.test. MX 20 third.table.test.
		table.test. MX 30 off.table.test.
		first.table.test. A 192.0.2.205
		first.table.test. AAAA 2001:db8::205
		second.table.test. A 192.0.2.206
		third.table.test. A 192.0.2.207
		off.table.test. A 192.0.2.98
		guest.test. MX 10 first.table.test.
		postfix.test. MX 10 mx.postfix.test.
		mx.postfix.test. A 192.0.2.31
		mx.postfix.test. AAAA 2001:db8::31
		hole.test. MX 10 mx.hole.test.
		mx.hole.test. A 192.0.2.99
		pit.test. MX 10 mx.pit.test.
		mx.pit.test. AAAA 2001:db8::99
		same.test. MX 10 mx.same.test.
		mx.same.test. A 192.0.2.99
		noway.test. MX 10 mx.noway.test.
		mx.noway.test. A 203.0.113.9
		forbidden.test. MX 10 mx.forbidden.test.
		mx.forbidden.test. A 198.51.100.9
		refused.test. MX 10 off.table.test.
		second.test. MX 10 off.table.test.
		second.test. MX 20 first.table.test.
		broken.test. MX 10 mx1.badtls.test.
		mx1.badtls.test. A 192.0.2.15
		half.test. MX 10 mx.half.test.
		mx.half.test. A 192.0.2.22
		mx.half.test. AAAA 2001:db8::99
		;! servfail lost.test
	END
}

setup_file() {
	lab_start "${lab_servers[@]}" || [ $? = 1 ]
	[ -z "$LAB_REFUSED" ] || return 0
	export folder=$LAB/probe
	mkdir "$folder"
	{
		make_certificate good good.certs.test '--key-type ecdsa' 'expiration_date = "2099-12-31 12:00:00"'
		make_certificate expired expired.certs.test '--key-type ecdsa' \
			'activation_date = "2020-01-01 12:00:00"' 'expiration_date = "2020-02-01 12:00:00"'
		make_certificate wrong other.test '--key-type ecdsa' 'expiration_days = 100'
		make_certificate self self.certs.test '--self --key-type rsa --bits 1024' 'expiration_days = 100'
	} >"$folder/log" 2>&1
	write_servers
	write_facts
	local address
	for address in $("$TOP/tests/lab/smtpd.py" --addresses "$folder/probe.ini"); do
		case $address in
		*:*) "$LAB/world" ip address add "$address/64" dev eth0 nodad || true ;;
		*) "$LAB/world" ip address add "$address/24" dev eth0 ;;
		esac
	done
	"$LAB/client" ip route add prohibit 198.51.100.0/24
	"$LAB/world" "$TOP/tests/lab/smtpd.py" "$folder/probe.ini" "$LAB/mail" "$LAB/tls/server.pem" \
		"$LAB/tls/server.key" </dev/null >"$folder/smtpd.log" 2>&1 3>&- 4>&- 5>&- 6>&- &
	export probe_server=$!
	until_true grep -q ready "$folder/smtpd.log"
}

teardown_file() {
	[ -z "${probe_server:-}" ] || kill "$probe_server"
	lab_stop
	json_is_good
}

# probe ARGUMENT...: with the lab's authority in place of those of this machine.
probe() {
	[ -e /etc/ssl/certs/ca-certificates.crt ] || skip 'no authorities are on this machine'
	run --separate-stderr timeout --kill-after=5 60 "$LAB/client" unshare --mount sh -c \
		'mount --bind "$0" /etc/ssl/certs/ca-certificates.crt && exec "$@"' \
		"$LAB/tls/ca.pem" "$SENDMX" --facts "$folder/facts" --seed 1 "$@" </dev/null
	echo "sendmx $*" && echo "exit status $status" && echo "stdout: $output" && echo "stderr: $stderr"
}

never_data() {
	! cat "$LAB"/mail/*.test/talk | grep -E ' C: (DATA|BDAT)'
}

fits_a_screen() {
	grep -Ev ': would be (offered|delivered)' <<<"$output" | awk 'length($0) > 80 { exit 1 }'
}

@test "certificates: good, expired, of somebody else, self-signed and weak" {
	probe --probe bob@certs.test
	exits 0
	[ -z "$stderr" ]
	fits_a_screen
	says '^probe of certs\.test$'
	says '^    address +connect  greeting  TLS +certificate$'
	says '^    192\.0\.2\.201 +[0-9]+ ms +[0-9]+ ms  TLS1\.3  2099-12-31$'
	says '^    192\.0\.2\.202 +[0-9]+ ms +[0-9]+ ms  TLS1\.3  expired$'
	says '^    192\.0\.2\.203 +[0-9]+ ms +[0-9]+ ms  TLS1\.2  unproved$'
	says '^    192\.0\.2\.204 +[0-9]+ ms +[0-9]+ ms  TLS1\.3  unproved$'
	says_not 'proves nothing: expired'
	says '^    - its certificate expired [0-9]+ days ago, on 2020-02-01$'
	says '^    - its certificate proves nothing: not for this host$'
	says '^    - certificate for other\.test; by CN=.*; until 20[0-9-]+$'
	says '^    - its certificate proves nothing: .*'
	says '^    (- .* |  )self-signed$'
	says '^    - its key is weak: RSA 1024$'
	says '^  all of them:$'
	says '^    - offers PIPELINING, SIZE 1000000$'
	says '^    - TLS1\.3 with AES-[0-9A-Z-]+$'
	[ "$(grep -c ' offers ' <<<"$output")" = 1 ]
	before good.certs.test expired.certs.test
	before 'probe of' 'would be offered'
	says '^bob@certs\.test: would be offered to good\.certs\.test \[192\.0\.2\.201\]; whether it takes bob@certs\.test is not asked '
	says '^a delivery now would, as far as STARTTLS can tell, find a server for its$'
	never_data
}

@test "the same for programs" {
	probe --probe --json bob@certs.test
	exits 0
	json '[a["host"].split(".")[0] for a in of("attempt")][0] == "good" and len(of("attempt")) == 4'
	json '{a["host"].split(".")[0]: a["tls"]["certificate"]["valid"] for a in of("attempt")} ==
		{"good": True, "expired": False, "wrong": False, "self": False}'
	json '{a["tls"]["certificate"]["key"] for a in of("attempt")} == {"EC 256", "RSA 1024"}'
	json '[a["tls"]["certificate"]["not_after"] for a in of("attempt")][0] == "2099-12-31T12:00:00Z"'
	json '[a["tls"]["certificate"]["names"] for a in of("attempt") if a["host"] == "wrong.certs.test"] == [["other.test"]]'
	json 'all({"connect", "greeting", "hello", "tls", "session"} == set(a["ms"]) for a in of("attempt"))'
	json 'of("attempt")[0]["greeting"] == "good.certs.test ESMTP lab"'
	json 'of("attempt")[0]["capabilities"] == ["PIPELINING", "SIZE 1000000"]'
	json '[r["host"] for r in of("result")] == ["good.certs.test"]'
}

@test "every address; hosts side by side: two greet only when both have been called" {
	probe --probe=rcpt -f alice@sender.test bob@table.test carol+550@table.test
	exits 0
	fits_a_screen
	says '^    192\.0\.2\.205 .* in clear +- +2 of 2$'
	says '^    192\.0\.2\.206 .* in clear +- +1 of 2$'
	says '^    192\.0\.2\.207 .* in clear +- +1 of 2$'
	says '^    192\.0\.2\.98 +refused +-  -'
	says '^    - no STARTTLS: mail goes there in clear$'
	says '^    - RCPT <carol\+550@table\.test>: 550 5\.1\.1 no such user$'
	says '^3 of 4 exchangers of table\.test work; not so: off\.table\.test$'
	says '^a delivery now would, as far as RCPT can tell, reach 2 of 2 recipients, in clear$'
	[ "$(contacted)" = "$(printf '%s\n' first.table.test second.table.test third.table.test)" ]
	talked first.table.test ' C: MAIL FROM:<alice@sender\.test>'
	talked second.table.test ' C: RCPT TO:<bob@table\.test>'
	never_data
}

@test "what the others say changes no verdict; recipients are told in JSON" {
	probe --probe=rcpt --json bob@table.test carol+550@table.test
	exits 0
	json '[r["outcome"] for r in of("result")] == 2 * ["would-deliver"]'
	json '{a["host"]: a.get("rcpt_accepted") for a in of("attempt")} == {"first.table.test": 2,
		"second.table.test": 1, "third.table.test": 1, "off.table.test": None}'
	json '[x["reply"] for a in of("attempt") if a["host"] == "second.table.test" for x in a["rcpt"]] == [250, 550]'
	json 'all(a["mail"]["reply"] == 250 for a in of("attempt") if a["stage"] == "rcpt")'
	json '[a["text"] for a in of("attempt") if a["stage"] == "connect"] == ["connection refused"]'
}

@test "an address that two domains share is visited once, and for each where recipients are named" {
	[ -e /proc/net/if_inet6 ] || skip 'no IPv6 here'
	probe --probe bob@guest.test -v carol@table.test
	[ "$(talks first.table.test ' \+ ')" = 3 ]
	says '^probe of guest\.test$'
	says '^probe of table\.test$'
	rm -f "$LAB"/mail/*.test/*
	probe --probe=rcpt bob@guest.test carol@table.test
	[ "$(talks first.table.test ' C: RCPT TO:<bob@guest\.test>')" = 2 ]
	[ "$(talks first.table.test ' C: RCPT TO:<carol@table\.test>')" = 2 ]
}

@test "the exit status is that of a delivery" {
	probe --probe bob@refused.test
	exits 75
	complains '^sendmx: bob@refused\.test: 4\.4\.1 off\.table\.test \[192\.0\.2\.98\]: connection refused$'
	complains_not 'port 25'
	says 'find a server for 0 of 1$'
	probe --probe bob@nowhere.test
	exits 68
	says '^no server was asked: a delivery now would find none, and end with status 68$'
}

@test "whose STARTTLS breaks gets mail in clear, and the row, a note and the end say so" {
	probe --probe bob@broken.test
	exits 0
	fits_a_screen
	says '^    192\.0\.2\.15 .* failed +-$'
	says '^    192\.0\.2\.15 .* in clear +-$'
	says '^    - STARTTLS fails: mail goes there in clear, when no other host is left: '
	says '^bob@broken\.test: would be offered to .*\], in clear; whether'
	says 'recipient, in clear$'
}

@test "silence is told with its seconds; some addresses of a host" {
	[ -e /proc/net/if_inet6 ] || skip 'no IPv6 here'
	probe --probe bob@half.test
	exits 0
	says '^    2001:db8::99  timed out 10 s +- '
	says '^1 of 1 exchanger of half\.test works; at some addresses only: mx\.half\.test$'
}

@test "a probe that is cut short claims nothing" {
	[ -e /etc/ssl/certs/ca-certificates.crt ] || skip 'no authorities are on this machine'
	probe --probe --timeout 1 bob@hole.test
	exits 75
	says '^the probe was cut short: '
}

# ---- a dry run tells who came before ----

@test "a dry run tells of those who did not answer before the one who did; a delivery does not" {
	probe --dry-run=rcpt -f alice@sender.test bob@second.test
	exits 0
	says '^off\.table\.test \[192\.0\.2\.98\]:25 not reached: connection refused, after [0-9]+ ms$'
	before off.table.test 'would be delivered'
	probe --json --dry-run=rcpt -f alice@sender.test bob@second.test
	json '[(a["host"], a["stage"], a["outcome"]) for a in of("attempt")] ==
		[("off.table.test", "connect", "deferred"), ("first.table.test", "rcpt", "ok")]'
	run --separate-stderr send --facts "$folder/facts" -f alice@sender.test bob@second.test <"$letter"
	silent
}

@test "nothing is claimed that was not asked" {
	probe --dry-run=connect bob@guest.test
	exits 0
	says '^bob@guest\.test: first\.table\.test \[.*\] takes the connection; nothing more is known'
	probe --dry-run=tls bob@guest.test
	says '^bob@guest\.test: would be offered to first\.table\.test \[.*\], in clear; whether it takes bob@guest\.test is not asked'
}

@test "a real server" {
	lab_has postfix || skip "$LAB_REFUSED"
	probe --probe=rcpt -f alice@sender.test user@postfix.test
	exits 0
	says '^    192\.0\.2\.31 +[0-9]+ ms +[0-9]+ ms  TLS1\.3  20[0-9]{2}-[01][0-9]-[0-3][0-9] +250$'
	says '^    - offers PIPELINING, SIZE [0-9]+, VRFY'
	says '^    - its certificate expires in [01] days?, on '
}

# ---- nobody can be reached ----

@test "nobody answers at port 25, of two domains: it is blocked" {
	probe --probe --timeout 4 bob@hole.test carol@pit.test
	exits 75
	complains '^sendmx: not one of 2 servers answers at port 25, .*--route .*AUTH is not offered$'
	[ "$(grep -c 'port 25' <<<"$stderr")" = 1 ]
}

@test "nobody answers, of one domain: it is that, or something else; also for a delivery" {
	run --separate-stderr send --facts "$folder/facts" --timeout 4 bob@hole.test <"$letter"
	exits 75
	complains '^sendmx: nobody answers at port 25: it is down there, or '
	run --separate-stderr send --facts "$folder/facts" --timeout 4 --json bob@hole.test <"$letter"
	json '"port 25" in of("summary")[0]["advice"]'
}

@test "two domains with one dead server say no more than one" {
	probe --probe --timeout 4 bob@hole.test carol@same.test
	exits 75
	complains '^sendmx: nobody answers at port 25: it is down there, or '
}

@test "somebody answers, or the DNS fails too: no advice" {
	probe --probe --timeout 4 bob@hole.test carol@guest.test
	complains_not 'port 25'
	probe --probe --timeout 4 bob@hole.test carol@lost.test
	exits 75
	complains_not 'port 25'
}

@test "this machine forbids it; it has no way to the network" {
	probe --probe bob@forbidden.test
	exits 75
	complains '^sendmx: this machine itself forbids these connections'
	probe --dry-run=connect bob@noway.test
	exits 75
	complains '^sendmx: this machine has no way to the network'
}
