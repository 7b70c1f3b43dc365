-- Keep log lines of a process: the newest 300 of all `pgstrike run`, and of all `pgstrike serve`.
--
-- The names of the latter begin with serve. p_lines is an array of {time, level, logger, message,
-- job}. Where one is a warning or worse, an ops event has the newest of them that fit, the oldest
-- first. It goes to operators alone (ops.reads_logs): a line may name any symbol. An edge makes no
-- events.
CREATE FUNCTION ops.add_log_lines(p_process text, p_lines jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_kept constant integer := 300;
    c_letters constant integer := 500; -- of a message; at most 6 bytes each in JSON
    c_bytes constant integer := 7000; -- of the lines of an event, which has 7,900
    v_newest bigint;
    v_warnings bigint;
    v_shown json;
BEGIN
    WITH added AS MATERIALIZED (
        INSERT INTO job.log_line (process, logged_at, level, logger, job, message)
        SELECT
            p_process, coalesce(line.time, clock_timestamp()), coalesce(line.level, 'info'),
            coalesce(line.logger, ''), line.job, coalesce(line.message, '')
        FROM
            jsonb_to_recordset(p_lines) AS line (
                time timestamptz, level text, logger text, job text, message text
            )
        RETURNING id, process, logged_at, level, logger, job, message
    ),

    warning AS (
        SELECT
            added.id,
            json_build_object(
                'id', added.id, 'process', left(added.process, 100), 'time', added.logged_at,
                'level', added.level, 'logger', left(added.logger, 100),
                'job', left(added.job, 100), 'message', left(added.message, c_letters)
            ) AS line
        FROM added
        WHERE added.level NOT IN ('debug', 'info')
    ),

    sized AS (
        SELECT
            warning.id, warning.line,
            sum(octet_length(warning.line::text) + 2) OVER (ORDER BY warning.id DESC) AS bytes
        FROM warning
    )

    SELECT
        (SELECT max(added.id) FROM added),
        count(*),
        json_agg(sized.line ORDER BY sized.id) FILTER (WHERE sized.bytes <= c_bytes)
    INTO v_newest, v_warnings, v_shown
    FROM sized;
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
    IF v_warnings > 0 AND NOT EXISTS (SELECT FROM job.edge) THEN
        PERFORM ops.append_ops_events(
            ARRAY[NULL::text],
            ARRAY[json_build_object(
                'topic', 'ops', 'kind', 'log', 'line', v_newest, 'warnings', v_warnings,
                'lines', v_shown
            )::text]
        );
    END IF;
END;
$$;
