-- On an edge: refuse what a session writes to a table that the primary sends.
--
-- One row more, and what the primary sends later may be refused for it: the edge would stand still.
CREATE FUNCTION ops.refuse_on_edge() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this database is an edge of %, which alone writes to %.%',
        (SELECT edge.primary_name FROM job.edge AS edge), tg_table_schema, tg_table_name
        USING ERRCODE = 'read_only_sql_transaction', HINT = 'Write to the primary.';
END;
$$;
