#!/usr/bin/env bash
# make deb, and what the package does (./package).
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${TOP:=$(cd "$here/../.." && pwd)}" "${BUILD:=$TOP/build}"
unset MAKEFLAGS MFLAGS MAKELEVEL
skip() { echo "1..0 # SKIP $*"; exit 0; }
[ -z "${SAN:-}" ] || skip 'the package is the same with every sanitizer'
[ "$(id -u)" = 0 ] || skip 'needs root'
command -v dpkg-buildpackage >/dev/null || skip 'dpkg-buildpackage is missing'
# shellcheck disable=SC2016 # the fields are dpkg's
mailer=$(dpkg-query -W -f '${Package} ${Provides}\n' | awk '/ .*mail-transport-agent/ { print $1 }')
[ -z "$mailer" ] || skip "$mailer is installed here"
rm -f "$BUILD"/package/*.deb
if ! said=$(make -C "$TOP" BUILD="$BUILD/package" deb 2>&1); then
	printf '1..1\nnot ok 1 - make deb\n'
	tail -n 30 <<<"$said" | sed 's/^/#   /'
	exit 1
fi
SENDMX='' exec "$here/machine" --whole "$here/package" "$BUILD"/package/*.deb
