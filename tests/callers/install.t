#!/usr/bin/env bash
# make install, install-sendmail and uninstall (./install).
here=$(cd "$(dirname "$0")" && pwd)
SENDMX='' exec "$here/machine" --whole "$here/install"
