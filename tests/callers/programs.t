#!/usr/bin/env bash
# Real programs with sendmx as their sendmail (./programs). `tests/callers/programs.t mutt` runs only
# those whose names begin so.
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/machine" --whole "$here/programs" "$@"
