# shellcheck shell=bash
# The servers of the world: unbound at 192.0.2.53 (what resolv.conf names), NSD at 192.0.2.54 with
# zones/*.zone, the scripted mail servers of smtpd.ini, and on request real Postfix, Exim and OpenSMTPD.
# Each runs in the foreground as a child of ./world, with its files in $lab/NAME and its words in
# $lab/log/NAME. Sourced by ./world, which sets lab, top and source.

peers=$lab/peers # $top/build/peers, mounted where every uid may go

# The path of PROGRAM of SERVER: unpacked by "make deps", else installed.
server_program() {
	local path=$peers/$1/$2
	[ -x "$path" ] || path=/$2
	[ -x "$path" ] || path=$(command -v "${2##*/}") || return 1
	echo "$path"
}

# server_run NAME COMMAND...: in the background, its words into the log.
server_run() {
	local name=$1
	shift
	"$@" >"$lab/log/$name" 2>&1 &
}

# Wait until something listens at ADDRESS PORT. Each program dies rather than hangs when it cannot.
server_await() {
	local tries=500
	until (: <>"/dev/tcp/$1/$2") 2>/dev/null; do
		[ $((tries -= 1)) -gt 0 ] || { echo "nothing listens at $1 port $2"; return 1; }
		sleep 0.01
	done
}

# ---- names ----

# 512 exchangers: to the first there is no way, the second is mx.plain.test.
many_zone() {
	local i
	printf '$ORIGIN many.test.\n$TTL 300\n@ SOA ns.test. hostmaster.test. 1 3600 600 86400 60\n@ NS ns.test.\n'
	for ((i = 1; i <= 512; i++)); do
		echo "@ MX $i mx$i"
		echo "mx$i A $([ $i = 2 ] && echo 192.0.2.10 || echo 198.18.$((i / 256)).$((i % 256)))"
	done
}

start_nsd() {
	mkdir "$lab/nsd"
	many_zone >"$lab/nsd/many.zone"
	echo 'this is no zone' >"$lab/nsd/broken.zone"
	cat >"$lab/nsd/nsd.conf" <<-END
		server:
			ip-address: 192.0.2.54
			server-count: 1
			username: ""
			chroot: ""
			zonesdir: "$source/zones"
			database: ""
			zonelistfile: "$lab/nsd/zone.list"
			xfrdfile: "$lab/nsd/xfrd.state"
			xfrdir: "$lab/nsd"
			pidfile: "$lab/nsd/pid"
			rrl-ratelimit: 0
		remote-control:
			control-enable: no
		zone:
			name: "."
			zonefile: "root.zone"
		zone:
			name: "test."
			zonefile: "test.zone"
		zone:
			name: "many.test."
			zonefile: "$lab/nsd/many.zone"
		zone:
			name: "servfail.test."
			zonefile: "$lab/nsd/broken.zone"
		zone:
			name: "repaired.test."
			zonefile: "$lab/nsd/broken.zone"
	END
	server_run nsd "$(server_program nsd usr/sbin/nsd)" -d -c "$lab/nsd/nsd.conf"
}

start_unbound() {
	mkdir "$lab/unbound"
	echo '. 300 NS ns.test.
ns.test. 300 A 192.0.2.54' >"$lab/unbound/root.hints"
	cat >"$lab/unbound/unbound.conf" <<-END
		server:
			interface: 192.0.2.53
			access-control: 0.0.0.0/0 allow
			username: ""
			chroot: ""
			directory: "$lab/unbound"
			pidfile: "$lab/unbound/pid"
			use-syslog: no
			root-hints: "$lab/unbound/root.hints"
			module-config: "iterator"
			do-ip6: no
			do-not-query-localhost: no
			local-zone: "test." nodefault
			local-data: "repaired.test. 300 IN MX 10 mx.plain.test."
			num-threads: 1
		remote-control:
			control-enable: no
	END
	server_run unbound "$(server_program unbound usr/sbin/unbound)" -d -c "$lab/unbound/unbound.conf"
}

# ---- certificates ----

make_authority() {
	mkdir "$lab/tls"
	cd "$lab/tls" || return
	printf '%s\n' 'cn = "sendmx lab"' ca cert_signing_key 'expiration_days = 2' >ca.template
	certtool --generate-privkey --key-type ecdsa --outfile ca.key
	certtool --generate-self-signed --load-privkey ca.key --template ca.template --outfile ca.pem
	cd /
} >"$lab/log/authority" 2>&1

# make_certificate NAME KEY-TYPE HOST...: $lab/tls/NAME.pem and NAME.key.
make_certificate() {
	local name=$1 type=$2
	shift 2
	cd "$lab/tls" || return
	{
		echo "cn = \"$1\""
		printf 'dns_name = "%s"\n' "$@"
		printf '%s\n' tls_www_server signing_key 'expiration_days = 2'
	} >"$name.template"
	certtool --generate-privkey --key-type "$type" --outfile "$name.key"
	chmod 600 "$name.key"
	certtool --generate-certificate --template "$name.template" --load-privkey "$name.key" \
		--load-ca-certificate ca.pem --load-ca-privkey ca.key --outfile "$name.pem"
	cd /
} >>"$lab/log/authority" 2>&1

# ---- mail ----

start_smtpd() {
	server_run smtpd "$source/smtpd.py" "$source/smtpd.ini" "$lab/mail" \
		"$lab/tls/server.pem" "$lab/tls/server.key" "$@"
}

# Their messages arrive as maildirs $lab/mail/SERVER/new, one for all users of SERVER.test.

start_postfix() {
	local root=$peers/postfix home=$lab/postfix queue
	mkdir -p "$home/etc" "$home/data" "$home/queue"
	for queue in active bounce corrupt defer deferred flush hold incoming maildrop pid private public \
		saved trace; do
		mkdir "$home/queue/$queue"
		chown postfix "$home/queue/$queue"
	done
	chown root "$home/queue/pid"
	chown postfix "$home/data"
	chgrp postdrop "$home/queue/maildrop" "$home/queue/public"
	chmod 730 "$home/queue/maildrop"
	chmod 710 "$home/queue/public"
	cat >"$home/etc/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $home/queue
		data_directory = $home/data
		command_directory = $root/usr/sbin
		daemon_directory = $root/usr/lib/postfix/sbin
		shlib_directory = $root/usr/lib/postfix
		meta_directory = $root/etc/postfix
		import_environment = MAIL_CONFIG LD_LIBRARY_PATH
		maillog_file = $home/log
		maillog_file_prefixes = $lab
		myhostname = mx.postfix.test
		mydestination =
		mynetworks_style = host
		inet_interfaces = 192.0.2.31, 2001:db8::31
		inet_protocols = $([ -e /proc/net/if_inet6 ] && echo all || echo ipv4)
		alias_maps =
		local_recipient_maps =
		smtpd_peername_lookup = no
		smtpd_relay_restrictions = reject_unauth_destination
		smtpd_tls_security_level = may
		smtpd_tls_cert_file = $lab/tls/server.pem
		smtpd_tls_key_file = $lab/tls/server.key
		smtpd_tls_loglevel = 1
		smtpd_tls_received_header = yes
		message_size_limit = 100000000
		virtual_mailbox_limit = 0
		virtual_mailbox_domains = postfix.test ${postfix_domains:-}
		virtual_mailbox_base = $lab/mail
		virtual_mailbox_maps = static:postfix/
		virtual_uid_maps = static:52105
		virtual_gid_maps = static:52105
		virtual_minimum_uid = 100
		tls_server_sni_maps = ${postfix_names:-}
	END
	cat >"$home/etc/master.cf" <<-END
		smtp      inet  n - n - -   smtpd
		pickup    unix  n - n 60 1  pickup
		cleanup   unix  n - n - 0   cleanup
		qmgr      unix  n - n 300 1 qmgr
		tlsmgr    unix  - - n 1000? 1 tlsmgr
		rewrite   unix  - - n - -   trivial-rewrite
		bounce    unix  - - n - 0   bounce
		defer     unix  - - n - 0   bounce
		trace     unix  - - n - 0   bounce
		flush     unix  n - n 1000? 0 flush
		proxymap  unix  - - n - -   proxymap
		error     unix  - - n - -   error
		retry     unix  - - n - -   error
		discard   unix  - - n - -   discard
		virtual   unix  - n n - -   virtual
		anvil     unix  - - n - 1   anvil
		postlog   unix-dgram n - n - 1 postlogd
	END
	server_run postfix env MAIL_CONFIG="$home/etc" LD_LIBRARY_PATH="$root/usr/lib/postfix" \
		"$root/usr/lib/postfix/sbin/master" -d -c "$home/etc"
}

start_exim() {
	local home=$lab/exim
	mkdir -p "$home/spool" "$home/log"
	cp "$lab/tls/server.key" "$home/server.key"
	chown -R Debian-exim "$home" "$lab/mail/exim"
	cat >"$home/exim.conf" <<-END
		primary_hostname = mx.exim.test
		spool_directory = $home/spool
		log_file_path = $home/log/%slog
		pid_file_path = $home/pid
		daemon_smtp_ports = 25
		local_interfaces = <; 192.0.2.32$([ ! -e /proc/net/if_inet6 ] || echo ' ; 2001:db8::32')
		exim_user = Debian-exim
		exim_group = Debian-exim
		never_users =
		deliver_drop_privilege = true
		tls_advertise_hosts = *
		tls_certificate = $lab/tls/server.pem
		tls_privatekey = $home/server.key
		chunking_advertise_hosts = *
		domainlist ours = exim.test
		acl_smtp_rcpt = ours
		host_lookup =
		rfc1413_query_timeout = 0s
		keep_environment =
		timezone = UTC

		begin acl
		ours:
		  accept domains = +ours
		  deny message = not ours

		begin routers
		keep:
		  driver = accept
		  domains = +ours
		  transport = keep

		begin transports
		keep:
		  driver = appendfile
		  directory = $lab/mail/exim
		  maildir_format
		  mode = 0644
		  directory_mode = 0755
		  delivery_date_add
		  envelope_to_add
		  return_path_add
	END
	server_run exim "$(server_program exim4 usr/sbin/exim4)" -bdf -q1h -C "$home/exim.conf"
}

# OpenSMTPD has its folders compiled in: they get a tmpfs that only the world sees. Its key process
# knows RSA only.
start_opensmtpd() {
	local root=$peers/opensmtpd home=$lab/opensmtpd folder
	for folder in /run /usr/libexec /var/spool /var/lib; do
		mount -t tmpfs -o mode=755 lab "$folder"
	done
	ln -s "$root/usr/libexec/opensmtpd" /usr/libexec/opensmtpd
	mkdir -p "$home" /var/lib/opensmtpd/empty
	mkdir -m 711 /var/spool/smtpd
	[ -e /var/run/ ] || ln -s /run /var/run
	make_certificate opensmtpd rsa mx.opensmtpd.test
	cat >"$home/smtpd.conf" <<-END
		pki lab cert "$lab/tls/opensmtpd.pem"
		pki lab key "$lab/tls/opensmtpd.key"
		table users { "@" = "keeper" }
		listen on 192.0.2.33 port 25 hostname mx.opensmtpd.test tls pki lab
		$([ ! -e /proc/net/if_inet6 ] || echo 'listen on 2001:db8::33 port 25 hostname mx.opensmtpd.test tls pki lab')
		action "keep" maildir "$lab/mail/opensmtpd" virtual <users>
		match from any for domain "opensmtpd.test" action "keep"
	END
	chmod 600 "$home/smtpd.conf"
	"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -o "$home/key.so" "$source/opensmtpd-key.c"
	server_run opensmtpd env LD_PRELOAD="$home/key.so" LAB_KEY="$lab/tls/opensmtpd.key" \
		"$root/usr/sbin/smtpd" -d -f "$home/smtpd.conf"
}

# ---- all of them ----

# Why SERVER cannot run here, if it cannot.
server_obstacle() {
	local program=$1/usr/sbin/$1
	case $1 in
	exim) program=exim4/usr/sbin/exim4 ;;
	opensmtpd) program=opensmtpd/usr/sbin/smtpd ;;
	esac
	if [ ! -x "$top/build/peers/$program" ]; then
		echo "$1 is not in build/peers: run \"make deps\""
	elif [ "$user_namespace" = --map-root-user ]; then
		echo "$1 needs several uids: be root, or have newuidmap (package uidmap) and a line in /etc/subuid"
	fi
}

servers_start() {
	local server real=() folder
	mkdir "$peers"
	[ ! -d "$top/build/peers" ] || mount --bind "$top/build/peers" "$peers"
	start_nsd
	start_unbound
	make_authority
	make_certificate server ecdsa '*.test' mx.{tls,postfix,exim}.test
	if [ -n "${LAB_MORE:-}" ]; then
		# shellcheck source=security.bash
		. "$LAB_MORE"
		more_start
	fi
	for server; do
		server_obstacle "$server" >"$lab/without.$server"
		[ -s "$lab/without.$server" ] || real+=("$server")
	done
	# shellcheck disable=SC2046 # a list of words
	start_smtpd $([ ${#real[@]} = 0 ] || printf 'mx.%s.test ' "${real[@]}")
	for server in "${real[@]}"; do
		folder=$lab/mail/$server
		mkdir "$folder"
		chown keeper "$folder"
		"start_$server"
	done
	server_await 192.0.2.54 53
	server_await 192.0.2.53 53
	server_await 192.0.2.31 25
	server_await 192.0.2.32 25
	server_await 192.0.2.33 25
}
