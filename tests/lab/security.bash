# shellcheck shell=bash
# More of the world for those who test what TLS is owed (LAB_MORE, ./lab.bash): certificates good and bad, the
# mail servers of security.ini, somebody on the wire before Postfix (middle.py), policies of MTA-STS
# (policies.py), and a DNS that is signed from its own root down, with a name server at 192.0.2.153 that
# obeys $lab/altering (altering.py). Without Debian's python modules for DNS there is the reason in
# $lab/without.dnssec and no such DNS.
#
# Names: HOST.mx.test and HOST.mx.open.test is the server HOST of security.ini; the first zone is signed and has
# TLSA records, the second has neither. Mail domains are in test, which is signed, or in open.test.

# certificate NAME ISSUER LINE...: $lab/tls/NAME.pem and NAME.key. ISSUER "" is itself.
certificate() {
	local name=$1 issuer=$2 how=--generate-self-signed sign=()
	shift 2
	[ -z "$issuer" ] || how=--generate-certificate \
		sign=(--load-ca-certificate "$lab/tls/$issuer.pem" --load-ca-privkey "$lab/tls/$issuer.key")
	printf '%s\n' "$@" >"$lab/tls/$name.template"
	grep -q expiration "$lab/tls/$name.template" || echo 'expiration_days = 2' >>"$lab/tls/$name.template"
	certtool --generate-privkey --key-type ecdsa --outfile "$lab/tls/$name.key"
	chmod 600 "$lab/tls/$name.key"
	certtool "$how" --template "$lab/tls/$name.template" --load-privkey "$lab/tls/$name.key" "${sign[@]}" \
		--outfile "$lab/tls/$name.pem"
} >>"$lab/log/authority" 2>&1

# server_certificate NAME ISSUER SUBJECT HOST... [-- LINE...]: the same for a server with these names.
server_certificate() {
	local name=$1 issuer=$2 lines=("cn = \"$3\"" tls_www_server signing_key)
	shift 3
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		lines+=("dns_name = \"$1\"")
		shift
	done
	[ $# = 0 ] || shift
	certificate "$name" "$issuer" "${lines[@]}" "$@"
}

# It belongs to the authority of the lab (ca), or to one that nobody trusts (alien). Where a certificate is looked
# for by its name alone, any server may have it.
make_certificates() {
	local past=('activation_date = "2020-01-01 00:00:00"' 'expiration_date = "2020-02-01 00:00:00"')
	certificate inter ca 'cn = "lab intermediate"' ca cert_signing_key
	certificate alien '' 'cn = "nobody knows us"' ca cert_signing_key
	server_certificate good inter good.mx.test {good,second,ta,refusing,closing,old}.mx.{,open.}test hop.test '*.wild.mx.test'
	server_certificate expired inter expired.mx.test expired.mx.{,open.}test -- "${past[@]}"
	server_certificate elsewhere inter www.elsewhere.test www.elsewhere.test
	server_certificate stranger alien stranger.mx.test stranger.mx.{,open.}test
	server_certificate commonname inter commonname.mx.open.test
	server_certificate attacker alien swapped.mx.test swapped.mx.{,open.}test
	server_certificate wide inter postfix '*.mx.test' '*.mx.open.test'
	server_certificate policies inter policies mta-sts.{enforce,named,unnamed,changed,removed,testing,down,gone,locked,forged}.open.test
	local name
	for name in good expired elsewhere commonname wide policies; do
		cat "$lab/tls/inter.pem" >>"$lab/tls/$name.pem"
	done
	cat "$lab/tls/alien.pem" >>"$lab/tls/stranger.pem"
	cp "$lab/tls/good.pem" "$lab/tls/short.pem"
	cp "$lab/tls/good.key" "$lab/tls/short.key"
	cat "$lab/tls/ca.pem" >>"$lab/tls/good.pem"
}

# tlsa USAGE SELECTOR MATCHING NAME: the record for the first certificate in $lab/tls/NAME.pem.
tlsa() {
	local data=$lab/tls/tlsa.data
	if [ "$2" = 0 ]; then
		openssl x509 -in "$lab/tls/$4.pem" -outform DER
	else
		openssl x509 -in "$lab/tls/$4.pem" -noout -pubkey | openssl pkey -pubin -outform DER
	fi >"$data"
	printf 'TLSA %s %s %s ' "$1" "$2" "$3"
	case $3 in
	0) od -An -v -tx1 "$data" | tr -d ' \n' ;;
	1) sha256sum "$data" | cut -d' ' -f1 ;;
	2) sha512sum "$data" | cut -d' ' -f1 ;;
	esac
	echo
}

more_addresses() {
	local address
	for address in 192.0.2.{120..124} 192.0.2.{150,153} $("$source/smtpd.py" --addresses "$source/security.ini"); do
		echo "address add $address/24 dev eth0"
	done
}

# ---- the DNS ----

# hosts: the servers by name, for both zones.
hosts() {
	local host number=110
	for host in good second expired elsewhere stranger commonname plain refusing closing old stripped refused \
		injected swapped passed; do
		echo "$host A 192.0.2.$number"
		((number += 1))
	done
}

write_signed_hosts() {
	local host
	echo '; signed'
	hosts
	for host in good second; do
		echo "_25._tcp.$host $(tlsa 3 1 1 good)"
	done
	# The same server as good.
	echo 'wrong A 192.0.2.110'
	echo "_25._tcp.wrong $(tlsa 3 1 1 stranger)"
	echo 'ta A 192.0.2.110'
	echo "_25._tcp.ta $(tlsa 2 0 1 ca)"
	echo 'usage A 192.0.2.116'
	echo "_25._tcp.usage $(tlsa 1 0 1 good)"
	echo "_25._tcp.plain $(tlsa 3 1 1 good)"
	for host in stripped refused injected swapped passed; do
		echo "_25._tcp.$host $(tlsa 3 1 1 wide)"
	done
}

write_domains() {
	cat <<-'END'
		; signed
		dane MX 10 good.mx
		tricked MX 10 wrong.mx
		tricked MX 20 second.mx
		wrong MX 10 wrong.mx
		anchor MX 10 ta.mx
		usage MX 10 usage.mx
		nothing MX 10 expired.mx
		postfix MX 10 passed.mx
		stripped MX 10 stripped.mx
		away MX 10 good.mx.open
	END
}

# Each with a record and a policy at 192.0.2.150; what the policy says is up to the test.
write_open() {
	local domain
	echo '; unsigned'
	hosts | sed 's/^[^ ]*/&.mx/'
	for domain in enforce named unnamed changed removed testing down gone locked forged; do
		echo "_mta-sts.$domain TXT \"v=STSv1; id=1\""
		echo "mta-sts.$domain A 192.0.2.150"
	done
	cat <<-'END'
		insecure MX 10 good.mx.test.
		insecurewrong MX 10 wrong.mx.test.
		bare MX 10 plain.mx
		enforce MX 10 passed.mx
		named MX 10 elsewhere.mx
		named MX 20 stranger.mx
		named MX 30 expired.mx
		named MX 40 commonname.mx
		named MX 50 plain.mx
		named MX 60 refusing.mx
		named MX 70 swapped.mx
		named MX 80 good.mx
		unnamed MX 10 second.mx
		unnamed MX 20 good.mx
		changed MX 10 good.mx
		removed MX 10 plain.mx
		testing MX 10 elsewhere.mx
		down MX 10 plain.mx
		gone MX 10 plain.mx
		locked MX 10 good.mx
		forged MX 10 good.mx
	END
}

start_dns() {
	local folder=$lab/signed
	mkdir "$folder"
	: >"$lab/altering"
	if ! /usr/bin/python3 -c 'import cryptography, dns.name' 2>/dev/null; then
		echo 'python modules dns and cryptography are missing: run "make deps"' >"$lab/without.dnssec"
		return
	fi
	: >"$lab/without.dnssec"
	write_domains >"$folder/test.source"
	write_signed_hosts >"$folder/mx.test.source"
	write_open >"$folder/open.test.source"
	printf '; %s\n@ MX 10 good.mx.test.\n' spoilt >"$folder/spoilt.test.source"
	printf '; %s\n@ MX 10 good.mx.test.\n' lapsed >"$folder/lapsed.test.source"
	"$source/sign.py" "$folder" 127.0.1.1
	server_run signed-nsd "$(server_program nsd usr/sbin/nsd)" -d -c "$folder/nsd.conf"
	mkdir "$folder/unbound"
	printf '. 300 NS ns.root.\nns.root. 300 A 127.0.1.1\n' >"$folder/unbound/root.hints"
	cat >"$folder/unbound/unbound.conf" <<-END
		server:
			interface: 127.0.1.2
			access-control: 127.0.0.0/8 allow
			username: ""
			chroot: ""
			directory: "$folder/unbound"
			pidfile: "$folder/unbound/pid"
			use-syslog: no
			root-hints: "$folder/unbound/root.hints"
			module-config: "iterator"
			do-ip6: no
			do-not-query-localhost: no
			local-zone: "test." nodefault
			num-threads: 1
		remote-control:
			control-enable: no
	END
	server_await 127.0.1.1 53
	server_run signed-unbound "$(server_program unbound usr/sbin/unbound)" -d -c "$folder/unbound/unbound.conf"
	server_run altering "$source/altering.py" 192.0.2.153 127.0.1.2 "$lab/altering"
}

# ---- all of it ----

# What Postfix shows to those who ask for a name in these domains, and the domains that it takes mail for.
# shellcheck disable=SC2034 # start_postfix uses them
write_postfix_names() {
	printf '%s %s\n' ".mx.test $lab/tls/wide.key" "$lab/tls/wide.pem" \
		".mx.open.test $lab/tls/wide.key" "$lab/tls/wide.pem" >"$lab/postfix.names"
	postfix_names=texthash:$lab/postfix.names
	postfix_domains='stripped.test enforce.open.test example.test'
}

more_start() {
	make_certificates
	more_addresses | ip -batch -
	mkdir "$lab/policies"
	server_run policies "$source/policies.py" 192.0.2.150 "$lab/tls" "$lab/policies"
	(cd "$lab/tls" && exec "$source/smtpd.py" "$source/security.ini" "$lab/mail" good.pem good.key) \
		>"$lab/log/security" 2>&1 &
	write_postfix_names
	server_run middle "$source/middle.py" "$lab/mail" "$lab/tls/attacker.pem" "$lab/tls/attacker.key" 192.0.2.31 \
		stripped.mx.test=192.0.2.120=strip refused.mx.test=192.0.2.121=refuse \
		injected.mx.test=192.0.2.122=inject swapped.mx.test=192.0.2.123=swap passed.mx.test=192.0.2.124=pass
	start_dns
	server_await 192.0.2.110 25
	server_await 192.0.2.120 25
	server_await 192.0.2.150 443
	[ -s "$lab/without.dnssec" ] || server_await 192.0.2.153 53
}
