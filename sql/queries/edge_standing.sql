-- Whether the database is an edge that has copied everything; no row: it is no edge.
SELECT edge.is_ready
FROM job.edge AS edge;
