-- What an administrator runs once on a server: psql --dbname=postgres --file=docker/prepare.sql
--
-- The database, its owner (upgrades, jobs, keys) and the login of the api. Neither is a superuser.
-- The passwords come from the environment, so that no command line shows them.
\set ON_ERROR_STOP on
\getenv owner_password PGSTRIKE_OWNER_PASSWORD
\getenv api_password PGSTRIKE_API_PASSWORD
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';

CREATE ROLE pgstrike_reader NOLOGIN;
CREATE ROLE pgstrike_server NOLOGIN IN ROLE pgstrike_reader;
CREATE ROLE pgstrike_alert NOLOGIN IN ROLE pgstrike_reader;
CREATE ROLE pgstrike_api LOGIN IN ROLE pgstrike_server PASSWORD :'api_password';
-- CREATEROLE is for `pgstrike key login` alone.
CREATE ROLE pgstrike LOGIN CREATEROLE PASSWORD :'owner_password';
GRANT pgstrike_reader, pgstrike_server, pgstrike_alert TO pgstrike WITH ADMIN OPTION;
CREATE DATABASE pgstrike OWNER pgstrike;
