#!/usr/bin/env bash
# The validator against a signed hierarchy with all that is right and wrong in it, and against a forger;
# what libunbound says of the same is told beside it (./cases.py is the table). In a private network.
here=$(cd "$(dirname "$0")" && pwd)
TOP=${TOP:-$(cd "$here/../.." && pwd)}
PATH=$PATH:/usr/sbin:/sbin

refuse() {
	echo "1..0 # SKIP $1"
	exit
}

# The path of PROGRAM of SERVER: unpacked by "make deps", else installed.
program() {
	local path=$TOP/build/peers/$1/usr/sbin/$1
	[ -x "$path" ] || path=$(command -v "$1")
	echo "$path"
}

nsd=$(program nsd) unbound=$(program unbound) dnsmasq=$(program dnsmasq)
resolved=$TOP/build/peers/systemd-resolved/lib/systemd/systemd-resolved
[ -x "$resolved" ] || resolved=/lib/systemd/systemd-resolved
if ! [ -x "$resolved" ] || ldd "$resolved" | grep -q 'not found'; then resolved=; fi
for name in nsd unbound; do
	[ -n "${!name}" ] || refuse "$name is missing: run \"make deps\""
done
# The one that Debian's modules belong to.
python=/usr/bin/python3
"$python" -c 'import cryptography, dns.name, unbound' 2>/dev/null ||
	refuse 'python modules dns, cryptography and unbound are missing: run "make deps"'
unshare -Urn true 2>/dev/null || refuse 'this kernel gives us no private network (unshare -Urn)'

folder=$(mktemp -d /tmp/sendmx-dnssec.XXXXXX)
trap 'rm -rf "$folder"' EXIT
unshare -Urn --kill-child --fork --pid --mount-proc sh -c 'ip link set lo up && exec "$@"' sh \
	"$python" "$here/run.py" "$folder" "${BUILD:-$TOP/build}/tests/tool/ask_dns" "$nsd" "$unbound" "$dnsmasq" \
	"$resolved"
