-- How many processes listen to the events of this database. One row.
SELECT count(*)
FROM pg_catalog.pg_stat_activity AS session
WHERE session.datname = current_database() AND session.application_name = 'pgstrike api listener';
