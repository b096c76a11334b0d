# shellcheck shell=bash
# Name servers with manners in the world of the lab (tests/lab/nameserver.py), for the tests of one file.

# nameserver_start ADDRESS=MANNER...: returns when they listen.
nameserver_start() {
	local manner
	for manner; do
		"$LAB/world" ip address add "${manner%=*}/24" dev eth0
	done
	"$LAB/world" "$TOP/tests/lab/nameserver.py" "$@" >"$LAB/nameserver" 2>&1 3>&- 4>&- &
	export NAMESERVER=$!
	until grep -q ready "$LAB/nameserver"; do
		kill -0 "$NAMESERVER" || { cat "$LAB/nameserver" >&2; return 1; }
		read -r -t 0.02 _ <> <(:) || :
	done
}

nameserver_stop() {
	[ -z "${NAMESERVER:-}" ] || kill "$NAMESERVER"
}
