-- A window is refreshed: mark what reads it as stale, announce it, and forget that it was stale.
--
-- One transaction, after the refresh itself, which may not share one: after a failure in
-- between, the window is refreshed and announced again. Returns the id of the newest event, NULL of
-- a rollup that is being built: nobody reads it yet.
CREATE FUNCTION ops.finish_window(
    p_rollup text, p_symbol text, p_from timestamptz, p_to timestamptz, p_ids bigint[]
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_rows bigint;
    v_expiries date[] := ARRAY[NULL::date];
    v_bodies text[];
BEGIN
    INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)
    SELECT reader.rollup, p_symbol, bucket.bucket_time
    FROM job.rollup AS reader
    CROSS JOIN
        LATERAL generate_series(
            fo.bucket_start(reader.width, p_from),
            p_to - interval '1 microsecond',
            reader.width
        ) AS bucket (bucket_time)
    WHERE reader.source = p_rollup;
    DELETE FROM job.stale_bucket AS stale
    WHERE stale.id = ANY(p_ids);
    UPDATE job.rollup AS rollup
    SET refreshed_at = clock_timestamp()
    WHERE rollup.rollup = p_rollup AND rollup.pause > interval '0';
    IF EXISTS (
            SELECT FROM job.rollup AS rollup
            WHERE rollup.rollup = p_rollup AND rollup.replaces IS NOT NULL
        ) THEN
        RETURN NULL;
    END IF;
    EXECUTE format(
        'SELECT count(*) FROM fo.%I AS bar WHERE bar.symbol = $1'
        ' AND bar.bucket_time >= $2 AND bar.bucket_time < $3',
        p_rollup
    ) INTO v_rows USING p_symbol, p_from, p_to;
    v_bodies := ARRAY[json_build_object(
        'topic', 'rollup', 'symbol', p_symbol, 'rollup', p_rollup,
        'from', p_from, 'to', p_to, 'rows', v_rows
    )::text];
    IF p_rollup = 'expiry_metrics' THEN
        SELECT v_expiries || array_agg(metrics.expiry), v_bodies || array_agg(metrics.body)
        INTO v_expiries, v_bodies
        FROM ops.metrics_body(p_symbol, p_from, p_to) AS metrics;
    END IF;
    RETURN ops.append_events(
        ARRAY['rollup'] || array_fill('metrics'::text, ARRAY[cardinality(v_bodies) - 1]),
        array_fill(p_symbol, ARRAY[cardinality(v_bodies)]), v_expiries, v_bodies
    );
END;
$$;
