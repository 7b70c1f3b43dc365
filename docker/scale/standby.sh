#!/bin/sh
# Copy the primary the first time, then follow it. PGPASSWORD is that of pgstrike_standby.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    pg_basebackup --host="$PGSTRIKE_PRIMARY_HOST" --username=pgstrike_standby \
        --pgdata="$PGDATA" --slot=pgstrike_standby --write-recovery-conf --checkpoint=fast
    # Without it each query on the standby may be ended by a VACUUM of the primary.
    echo "hot_standby_feedback = on" >> "$PGDATA/postgresql.auto.conf"
fi
exec postgres
