#!/bin/sh
# The key `grafana`, of all symbols, and its login; Grafana reads the password from the file.
#
# Where the login is there and the file is not, pgstrike says what to do.
set -eu
folder=${1:-/srv/grafana-login}
if [ -s "$folder/password" ]; then
    exit 0
fi
if ! pgstrike key list | grep -q '^grafana '; then
    # The key itself is for nobody: only its login is used.
    pgstrike key create grafana --streams 0 >/dev/null
fi
pgstrike key login grafana --connections 20 >"$folder/password.new"
mv "$folder/password.new" "$folder/password"
