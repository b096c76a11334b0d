#!/usr/bin/env bats
# The options that every caller of sendmail uses, row by row of the table in the manual: implemented, accepted
# in silence, or refused with 64 and a sentence.

load helper

# sent ARGUMENT ...: the letter goes to bob as if there were no such option, in silence.
sent() {
	rm -f "$LAB"/mail/*.test/*
	try "$@"
	exits 0
	silent
	letter_at mx.plain.test
	envelope mx.plain.test '^to <bob@plain\.test>'
}

# refused REGEX ARGUMENT ...: 64, one sentence, nothing read, nobody contacted.
refused() {
	local regex=$1
	shift
	rm -f "$LAB"/mail/*.test/*
	exec 5<"$letter"
	run --separate-stderr send "$@" <&5
	echo "sendmx $*" && echo "stderr: $stderr"
	exits 64
	[ -z "$output" ]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	complains "^sendmx: $regex"
	cmp <(cat <&5) "$letter"
	exec 5<&-
	nobody_contacted
}

# asked ARGUMENT ...: 0 in silence, nothing read, nobody contacted.
asked() {
	exec 5<"$letter"
	run --separate-stderr send "$@" <&5
	exits 0
	silent
	cmp <(cat <&5) "$letter"
	exec 5<&-
	nobody_contacted
}

@test "addresses: each argument is a list" {
	try 'bob@plain.test, Carol <carol@plain.test>' 'dave@plain.test (Dave)'
	exits 0
	for name in bob carol dave; do
		envelope mx.plain.test "^to <$name@plain\.test>"
	done
}

@test "-t, alone and with addresses, glued to -i in both orders" {
	sed -i 's/^To: .*/To: bob@plain.test/' "$letter"
	sent -t
	sent -it
	sent -ti
	sent -t -i -oi -fbob@plain.test -t
	try -t carol@plain.test
	envelope mx.plain.test '^to <carol@'
}

@test "-i, -oi: a dot is content" {
	printf '.\nmore\n' >>"$letter"
	sent -i bob@plain.test
	sent -oi bob@plain.test
	sent -o i bob@plain.test
	sent -OIgnoreDots=true bob@plain.test
}

@test "-f and -r in all spellings; the last one counts" {
	while read -r wanted arguments; do
		rm -f "$LAB"/mail/*.test/*
		eval "try $arguments bob@plain.test"
		exits 0
		envelope mx.plain.test "^from <$wanted> "
	done <<-'END'
		a@sender.test -f a@sender.test
		a@sender.test -fa@sender.test
		a@sender.test -r a@sender.test
		a@sender.test -ra@sender.test
		a@sender.test -f '<a@sender.test>'
		a@sender.test -f 'A B <a@sender.test>'
		a@client.sender.test -f a
		b@sender.test -f a@sender.test -f b@sender.test
		b@sender.test -f a@sender.test -r b@sender.test
		a@sender.test -if a@sender.test
		a@sender.test -f a@sender.test --
	END
}

@test "the null sender in all spellings" {
	while read -r arguments; do
		rm -f "$LAB"/mail/*.test/*
		eval "try $arguments bob@plain.test"
		exits 0
		envelope mx.plain.test '^from <> '
	done <<-'END'
		-f '<>'
		-f ""
		'-f<>'
		-f "" --
		-r '<>'
	END
}

@test "-f that makes no sense" {
	refused '-f needs an argument' -t -i -f
	refused '-r needs an argument' -r
	refused '-f a b: ' -f 'a b' bob@plain.test
	refused '-f a@: ' -f 'a@' bob@plain.test
}

@test "-F: the full name in a From that is added" {
	printf 'Subject: x\n\ny\n' >"$letter"
	for option in '-FCronDaemon' '-F CronDaemon' '-F "CronDaemon"' '-F "\"CronDaemon\""'; do
		rm -f "$LAB"/mail/*.test/*
		eval "try $option bob@plain.test"
		exits 0
		content mx.plain.test | grep -q '^From: CronDaemon <'
	done
	refused '-F needs an argument' -F
}

@test "-- ends the options, and so does the first address" {
	sent -- bob@plain.test
	try -- -bob@plain.test -i@plain.test
	exits 0
	envelope mx.plain.test '^to <-bob@'
	envelope mx.plain.test '^to <-i@'
	try bob@plain.test -x@plain.test
	exits 0
	envelope mx.plain.test '^to <-x@'
}

@test "no recipient at all" {
	refused 'no recipients'
	refused 'no recipients' ''
	refused 'no recipients' -i --
	sent '' bob@plain.test
}

@test "-bm" {
	sent -bm bob@plain.test
	sent -b m bob@plain.test
}

@test "-bp and mailq: the queue is empty, whatever the arguments" {
	ln -s "$SENDMX" "$BATS_TEST_TMPDIR/mailq"
	for command in "$SENDMX -bp" "$SENDMX -bp -Ac -v" "$BATS_TEST_TMPDIR/mailq" "$BATS_TEST_TMPDIR/mailq -Ac" \
		"$BATS_TEST_TMPDIR/mailq -v -Z bob"; do
		# shellcheck disable=SC2086 # a list of words
		run --separate-stderr "$LAB/client" $command </dev/null
		exits 0
		[ "$output" = 'Mail queue is empty' ]
		[ -z "$stderr" ]
	done
}

@test "-bi and newaliases: the aliases file is checked" {
	ln -s "$SENDMX" "$BATS_TEST_TMPDIR/newaliases"
	asked -bi
	run --separate-stderr "$LAB/client" "$BATS_TEST_TMPDIR/newaliases" -v x </dev/null
	exits 0
	silent
	printf 'root: alice@sender.test\nbob: |/bin/id\nroot: again\n' >"$BATS_TEST_TMPDIR/aliases"
	run --separate-stderr send -bi -O aliases="$BATS_TEST_TMPDIR/aliases" </dev/null
	exits 65
	complains '^sendmx: .*aliases:2: '
	complains '^sendmx: .*aliases:3: '
	run --separate-stderr send --json -bi -O aliases="$BATS_TEST_TMPDIR/aliases" </dev/null
	exits 65
	json 'len(of("error")) == 2 and of("summary")[0]["exit"] == 65'
}

@test "-bv: the plan, and what it would end with; never a message" {
	while read -r wanted address; do
		run --separate-stderr send -bv "$address" </dev/null
		exits "$wanted"
		[ "$wanted" = 65 ] || says "^  for  *$address"
	done <<-END
		0 bob@plain.test
		65 bob@
		68 bob@nullmx.test
		68 bob@nothere.test
		69 bob@us.test
		75 bob@servfail.test
	END
	try -bv -v -i -bm bob@plain.test
	exits 0
	nobody_contacted
}

@test "-bd, -bD, -bl: no daemon" {
	for option in -bd -bD -bl '-b d'; do
		# shellcheck disable=SC2086 # perhaps two words
		refused '-b[dDl] .*no daemon' $option
	done
	refused '-bd ' -bd -q30m
}

@test "other modes: -bh and -bH do nothing, the rest is refused" {
	asked -bh
	asked -bH
	for mode in t P a z; do
		refused "-b" -b$mode bob@plain.test
	done
	refused '-b needs an argument' -b
}

@test "-q runs no queue, and is not taken for a way to send" {
	for option in -q -qf -q30m -q1h -qIabc -qRexample.org '-v -q'; do
		# shellcheck disable=SC2086 # perhaps two words
		asked $option
	done
	for option in -qSx -qGx -qp5m -qx '-q!Ix'; do
		refused '-q' "$option"
	done
	refused '-q sends no message' -q bob@plain.test
	refused '-q sends no message' -qf -t
	sent -q30m bob@plain.test
}

@test "-v: the conversation on standard output, and the letter arrives" {
	try -v bob@plain.test
	exits 0
	says 'mx\.plain\.test -> EHLO client\.sender\.test'
	says 'mx\.plain\.test <- 220 '
	[ -z "$stderr" ]
	letter_at mx.plain.test
}

@test "-B: any body type" {
	sent -B8BITMIME bob@plain.test
	sent -B 7BIT bob@plain.test
	sent -Bnonsense bob@plain.test
}

@test "-N, -R, -V: accepted glued, apart and with a leading blank; bad values are refused" {
	sent -N never bob@plain.test
	sent '-N never' bob@plain.test
	sent -Nsuccess,delay,failure -Rhdrs -V00000123 bob@plain.test
	sent -N SUCCESS -R full -V id bob@plain.test
	refused '-N wants' -N sometimes bob@plain.test
	refused '-N wants' -Nnever,delay bob@plain.test
	refused '-N needs' -N
	refused '-R wants' -R half bob@plain.test
	refused '-V wants' -V $'a\nb' bob@plain.test
	refused '-V needs' -V
}

@test "accepted in silence, glued and apart" {
	while read -r arguments; do
		# shellcheck disable=SC2086 # a list of words
		sent $arguments bob@plain.test
	done <<-END
		-odi
		-odb
		-odq
		-odd
		-odf
		-oem
		-oee
		-oep
		-oeq
		-oew
		-em
		-ee
		-ep
		-eq
		-ew
		-om
		-m
		-os -oQ/x -oT3d -oL9 -o7 -o8 -oMsSMTP -oo
		-o Qx
		-ODeliveryMode=b -OErrorMode=m
		-O QueueDirectory=/nowhere
		-O requiretls=no -O smtputf8=yes
		-G
		-U
		-h 3
		-h3
		-L tag
		-Ltag
		-p SMTP:host
		-Ac
		-A m
		-d
		-d0.1
		-n -c -s -x
		-oee -odi -oi -G -f bob@plain.test
	END
}

@test "refused: they name files, macros or what there is not" {
	for option in -D/tmp/x -X/tmp/log -MaB -Qreason -E -J -T5m; do
		refused "${option:0:2} " "$option" bob@plain.test
	done
	refused '-e wants' -e
	refused '-e wants' -ez bob@plain.test
	refused '-O wants' -O nothing bob@plain.test
	refused '-O requiretls wants' -O requiretls=perhaps bob@plain.test
}

@test "a program that reads JSON is told of unknown options in JSON, wherever they stand" {
	local words
	for line in '--json --nonsense' '--nonsense --json' '-tZ --json -- --nonsense'; do
		read -ra words <<<"$line"
		try "${words[@]}"
		exits 64
		[ "$(head -n 1 <<<"$output")" = "{\"type\":\"error\",\"text\":\"${stderr#sendmx: }\",\"exit\":64}" ]
		[[ ${lines[1]} = '{"type":"summary",'*'"exit":64,'* ]]
	done
	refused '--nonsense is an unknown option' --nonsense -- --json
}

@test "unknown options: refused, also within a cluster, and printed without control characters" {
	refused '-Z is an unknown option' -Z bob@plain.test
	refused '-Z is an unknown option' -tZ
	refused '--nonsense is an unknown option' --nonsense bob@plain.test
	refused '-\\x1b\[2J is an unknown option' $'-\x1b[2J' bob@plain.test
}

@test "--show-config says what is in force, and why" {
	printf 'timeout 7\nroute a.test b.test:26\n' >"$BATS_TEST_TMPDIR/conf"
	run --separate-stderr send --show-config -C "$BATS_TEST_TMPDIR/conf" --parallel 3 --route 'c.test=d.test' </dev/null
	exits 0
	[ -z "$stderr" ]
	says '^timeout +7 +# .*/conf:1$'
	says '^parallel +3 +# --parallel$'
	says '^route +c\.test=d\.test +# --route$'
	says '^route +a\.test b\.test:26 +# .*/conf:2$'
	says '^size-max +0 +# default$'
	says '^hostname +client\.sender\.test +# .+'
	says '^mail-name +client\.sender\.test +# .+'
	says '^resolver +\[192\.0\.2\.53\]:53 +# /etc/resolv\.conf$'
	# What is printed is a configuration file that says the same.
	echo "$output" >"$BATS_TEST_TMPDIR/again"
	run --separate-stderr send --show-config -C "$BATS_TEST_TMPDIR/again" </dev/null
	exits 0
	echo "$output" >"$BATS_TEST_TMPDIR/and-again"
	diff <(sed 's/ *#.*//' "$BATS_TEST_TMPDIR/again") <(sed 's/ *#.*//' "$BATS_TEST_TMPDIR/and-again")
}

@test "--show-config --json" {
	run --separate-stderr send --json --show-config --parallel 3 --route 'c.test=d.test' --route '*=e.test' </dev/null
	exits 0
	json '[s["value"] for s in of("setting") if s["key"] == "route"] == ["c.test=d.test", "*=e.test"]'
	json '[s for s in of("setting") if s["key"] == "parallel"] ==
		[{"type": "setting", "key": "parallel", "value": "3", "source": "--parallel"}]'
	json '{"type": "setting", "key": "virtual"} in lines and lines[-1]["type"] == "summary"'
}

@test "a disk that is full is told of, a reader who has gone is not" {
	[ -e /dev/full ] || skip 'no /dev/full'
	local gone=$BATS_TEST_TMPDIR/gone
	mkfifo "$gone"
	exec 8<>"$gone"
	exec 9>"$gone" 8<&-
	for option in --help --version --show-config --dry-run --dry-run=message; do
		run "$LAB/client" sh -c 'exec "$@" 2>&1 >/dev/full' - "$SENDMX" "$option" bob@plain.test <"$letter"
		exits 74
		[ "$output" = 'sendmx: cannot write to standard output: No space left on device' ]
		run "$LAB/client" sh -c 'exec "$@" 2>&1 >&9' - "$SENDMX" "$option" bob@plain.test <"$letter"
		exits 74
		[ -z "$output" ]
	done
	exec 9>&-
}

# ---- reports of delivery ----

# A server that offers DSN at 192.0.2.199, for this test only.
start_dsn_server() {
	printf '[mx.dsn.test]\naddress = 192.0.2.199\noffers = PIPELINING, DSN, SMTPUTF8\n' >"$BATS_TEST_TMPDIR/dsn.ini"
	"$LAB/world" ip address add 192.0.2.199/24 dev eth0
	"$LAB/world" "$TOP/tests/lab/smtpd.py" "$BATS_TEST_TMPDIR/dsn.ini" "$LAB/mail" "$LAB/tls/server.pem" \
		"$LAB/tls/server.key" >/dev/null 2>&1 3>&- &
	dsn_server=$!
	until_true "$LAB/client" bash -c 'exec 2>&-; : </dev/tcp/192.0.2.199/25'
	rm -f "$LAB"/mail/*.test/*
}

stop_dsn_server() {
	kill "$dsn_server"
	wait "$dsn_server" || true
	"$LAB/world" ip address del 192.0.2.199/24 dev eth0
}

@test "-N, -R, -V and the parameters of -bs reach a server that offers DSN" {
	start_dsn_server
	echo 'team: carol@dsn.test' >"$BATS_TEST_TMPDIR/aliases"
	try --route dsn.test=192.0.2.199 -O aliases="$BATS_TEST_TMPDIR/aliases" -N success,delay -R hdrs -V 'job 7' bob@dsn.test team
	exits 0
	{
		printf '%s\n' 'MAIL FROM:<a@sender.test> RET=FULL ENVID=Q+2B1' 'RCPT TO:<dave@dsn.test> NOTIFY=NEVER' \
			'RCPT TO:<erin@dsn.test> NOTIFY=FAILURE ORCPT=rfc822;x@y.test' 'RCPT TO:<frank@dsn.test>' 'DATA'
		cat "$letter"
		echo .
	} >"$BATS_TEST_TMPDIR/session"
	run --separate-stderr send -bs --route dsn.test=192.0.2.199 <"$BATS_TEST_TMPDIR/session"
	exits 0
	stop_dsn_server
	local at='mx.dsn.test'
	envelope "$at" '^from <root@client\.sender\.test>.* RET=HDRS( |$)'
	envelope "$at" '^from <root@client\.sender\.test>.* ENVID=job\+207( |$)'
	envelope "$at" '^to <bob@dsn\.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob@dsn\.test$'
	envelope "$at" '^to <carol@dsn\.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;team@client\.sender\.test$'
	envelope "$at" '^from <a@sender\.test>.* RET=FULL( |$)'
	envelope "$at" '^from <a@sender\.test>.* ENVID=Q\+2B1( |$)'
	envelope "$at" '^to <dave@dsn\.test> NOTIFY=NEVER$'
	envelope "$at" '^to <erin@dsn\.test> NOTIFY=FAILURE ORCPT=rfc822;x@y\.test$'
	envelope "$at" '^to <frank@dsn\.test>$'
}
