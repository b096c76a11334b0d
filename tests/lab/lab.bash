# shellcheck shell=bash
# A private network for tests and demo: the machine "client" where sendmx runs, and the "world" with
# name servers and mail servers, joined by one cable. Source this file; then
#
#   lab_start [postfix] [exim] [opensmtpd]
#                            build it. Where the kernel or the machine does not allow it, returns 1 with
#                            the reason in $LAB_REFUSED; where a server would not start, returns 2
#   lab_stop                 end every process in it and remove every file
#   "$LAB/client" COMMAND    run COMMAND on the client (the very same process: signals reach it)
#   "$LAB/world" COMMAND     run COMMAND in the world
#   lab_has SERVER           does this real server run? else the reason is in $LAB_REFUSED
#
# LAB_MORE in the environment names a script of more servers (./security.bash), whose more_start is called in the
# world before the mail servers start.
#
# Everything lives in namespaces and in $LAB; when the process that called lab_start ends, for whatever
# reason, the lab ends with it (./hold). As root only network, mounts, host name and process ids are
# private; an ordinary user gets a user namespace too, with many uids where newuidmap allows it. Postfix,
# Exim and OpenSMTPD need these.

lab_source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${TOP:=$(cd "$lab_source/../.." && pwd)}"

# Print the unshare options for a private user namespace, where one is needed and possible.
lab_user_namespace() {
	local options
	for options in '' '--map-root-user --map-auto' '--map-root-user'; do
		# shellcheck disable=SC2086 # a list of words
		if unshare $options --net --mount --uts --pid --fork ip link set lo up 2>/dev/null; then
			echo "$options"
			return
		fi
	done
	return 1
}

# The reason why there can be no lab here, if any.
lab_obstacle() {
	local program
	for program in unshare nsenter ip python3 certtool; do
		command -v "$program" >/dev/null || { echo "$program is missing: run \"make deps\""; return; }
	done
	for program in nsd unbound; do
		[ -x "$TOP/build/peers/$program/usr/sbin/$program" ] || command -v "$program" >/dev/null ||
			[ -x "/usr/sbin/$program" ] || { echo "$program is missing: run \"make deps\""; return; }
	done
	lab_user_namespace >/dev/null || echo 'this kernel gives us no private network (unshare -Urn)'
}

lab_start() {
	PATH=$PATH:/usr/sbin:/sbin
	LAB_REFUSED=$(lab_obstacle)
	export LAB_REFUSED
	[ -z "$LAB_REFUSED" ] || return 1
	LAB=$(mktemp -d /tmp/sendmx-lab.XXXXXX)
	export LAB
	# The numbers are those that bats and prove listen to: a server must not keep them open.
	"$lab_source/hold" $$ "$LAB" "$TOP" "$(lab_user_namespace)" "$@" \
		</dev/null >"$LAB/hold.log" 2>&1 3>&- 4>&- 5>&- 6>&- &
	LAB_HOLD=$!
	export LAB_HOLD
	until [ -e "$LAB/ready" ]; do
		if ! kill -0 "$LAB_HOLD" 2>/dev/null; then
			{ echo 'the lab did not start:'; cat "$LAB.log"; } >&2
			rm -f "$LAB.log"
			return 2
		fi
		sleep 0.02
	done
}

lab_stop() {
	[ -n "${LAB_HOLD:-}" ] || return 0
	kill "$LAB_HOLD" 2>/dev/null
	while [ -d "$LAB" ] && kill -0 "$LAB_HOLD" 2>/dev/null; do
		sleep 0.02
	done
	unset LAB_HOLD
}

lab_has() {
	LAB_REFUSED=$(cat "$LAB/without.$1" 2>/dev/null)
	[ -z "$LAB_REFUSED" ]
}
