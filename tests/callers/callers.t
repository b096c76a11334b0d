#!/usr/bin/env bash
# The recordings of real callers, played again (./replay). `tests/callers/callers.t cron` plays only
# those whose names begin so.
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/machine" "$here/replay" "$@"
