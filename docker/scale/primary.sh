#!/bin/sh
# Let a standby copy the server: run once, when the volume is empty, by the image of the database.
set -eu
psql --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv standby_password PGSTRIKE_STANDBY_PASSWORD
SET log_statement = 'none';
CREATE ROLE pgstrike_standby LOGIN REPLICATION PASSWORD :'standby_password';
-- A standby that is away for long is copied again; the disk does not fill for it.
ALTER SYSTEM SET max_slot_wal_keep_size = '10GB';
SELECT pg_reload_conf();
SELECT pg_create_physical_replication_slot('pgstrike_standby');
SQL
echo "host replication pgstrike_standby all scram-sha-256" >> "$PGDATA/pg_hba.conf"
