-- Whether the database is a standby's, and the primary of an edge.
SELECT
    pg_is_in_recovery() AS is_standby,
    (SELECT edge.primary_name FROM job.edge AS edge) AS edge_of;
