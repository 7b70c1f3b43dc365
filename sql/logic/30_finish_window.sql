-- A window is refreshed: mark what reads it as stale, announce it, and forget that it was stale.
--
-- One transaction, after the refresh itself, which may not share one: what dies in between is
-- refreshed and announced again. Returns the id of the event.
CREATE FUNCTION ops.finish_window(
    p_rollup text, p_symbol text, p_from timestamptz, p_to timestamptz, p_ids bigint[]
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_rows bigint;
BEGIN
    INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)
    SELECT reader.rollup, p_symbol, bucket.bucket_time
    FROM job.rollup AS reader
    CROSS JOIN LATERAL generate_series(
        date_bin(reader.width, p_from, TIMESTAMPTZ '2000-01-01 03:45:00+00'),
        p_to - INTERVAL '1 microsecond',
        reader.width
    ) AS bucket (bucket_time)
    WHERE reader.source = p_rollup;
    DELETE FROM job.stale_bucket AS stale WHERE stale.id = ANY(p_ids);
    EXECUTE format(
        'SELECT count(*) FROM fo.%I AS bar WHERE bar.symbol = $1'
        ' AND bar.bucket_time >= $2 AND bar.bucket_time < $3',
        p_rollup
    ) INTO v_rows USING p_symbol, p_from, p_to;
    RETURN ops.append_events(
        ARRAY['rollup'], ARRAY[p_symbol], ARRAY[NULL::date],
        ARRAY[json_build_object(
            'topic', 'rollup', 'symbol', p_symbol, 'rollup', p_rollup,
            'from', p_from, 'to', p_to, 'rows', v_rows
        )::text]
    );
END;
$$;
