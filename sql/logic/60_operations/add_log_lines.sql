-- Keep log lines of a process: the newest 300 of all `pgstrike run`, and of all `pgstrike serve`.
--
-- The names of the latter begin with serve. p_lines is an array of {time, level, logger, message,
-- job}. Where one is a warning or worse, an ops event says so. It has no text: it goes to every
-- reader of topic ops, and a line may name a symbol that the reader may not see.
CREATE FUNCTION ops.add_log_lines(p_process text, p_lines jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_kept constant integer := 300;
    v_newest bigint;
    v_warnings bigint;
BEGIN
    WITH added AS (
        INSERT INTO job.log_line (process, logged_at, level, logger, job, message)
        SELECT
            p_process, coalesce(line.time, clock_timestamp()), coalesce(line.level, 'info'),
            coalesce(line.logger, ''), line.job, coalesce(line.message, '')
        FROM
            jsonb_to_recordset(p_lines) AS line (
                time timestamptz, level text, logger text, job text, message text
            )
        RETURNING id, level
    )

    SELECT max(added.id), count(*) FILTER (WHERE added.level NOT IN ('debug', 'info'))
    INTO v_newest, v_warnings
    FROM added;
    DELETE FROM job.log_line AS line
    WHERE
        starts_with(line.process, 'serve') = starts_with(p_process, 'serve')
        AND line.id <= (
            SELECT other.id
            FROM job.log_line AS other
            WHERE starts_with(other.process, 'serve') = starts_with(p_process, 'serve')
            ORDER BY other.id DESC
            LIMIT 1 OFFSET c_kept
        );
    IF v_warnings > 0 THEN
        PERFORM ops.append_ops_events(
            ARRAY[NULL::text],
            ARRAY[json_build_object(
                'topic', 'ops', 'kind', 'log', 'line', v_newest, 'warnings', v_warnings
            )::text]
        );
    END IF;
END;
$$;
