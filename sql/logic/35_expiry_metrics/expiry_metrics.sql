-- The rows of fo.expiry_metrics for one symbol and window, computed again.
--
-- Some minutes at a time, so that a whole day's chains need not be held at once.
CREATE FUNCTION ops.expiry_metrics(
    p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS SETOF fo.expiry_metrics
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_moments timestamptz[] := ARRAY(
        SELECT max(moment.quote_time)
        FROM fo.underlying_quote AS moment
        WHERE moment.symbol = p_symbol
            AND moment.quote_time >= p_from
            AND moment.quote_time < p_to
            AND moment.in_session
        GROUP BY fo.bucket_start('1 minute', moment.quote_time)
        ORDER BY max(moment.quote_time)
    );
    c_minutes constant integer := 15;
BEGIN
    FOR v_first IN 1 .. cardinality(v_moments) BY c_minutes LOOP
        RETURN QUERY
        SELECT metrics.*
        FROM ops.measure_chains(p_symbol, NULL, v_moments[v_first:v_first + c_minutes - 1])
            AS metrics;
    END LOOP;
END;
$$;
