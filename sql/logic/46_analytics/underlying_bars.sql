-- The bars of a symbol's underlying.
CREATE FUNCTION analytics.underlying_bars(
    p_symbol text,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL,
    p_fill boolean DEFAULT FALSE
) RETURNS TABLE (
    bucket_time timestamptz,
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    underlying_source text,
    quotes bigint
)
LANGUAGE plpgsql STABLE SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
DECLARE
    v_rollup text := 'underlying_bars_' || p_timeframe;
    v_width interval := (
        SELECT known.width FROM job.rollup AS known WHERE known.rollup = v_rollup
    );
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, NULL, FALSE);
    PERFORM ops.check_known('timeframe', p_timeframe, ops.timeframes_of('underlying_bars'));
    RETURN QUERY EXECUTE format(
        $sql$
        WITH bar AS MATERIALIZED (
            SELECT source.*
            FROM fo.%I AS source
            WHERE source.symbol = $1
                AND source.bucket_time >= $2 AND source.bucket_time < $3
        ),

        moment AS (
            SELECT bar.bucket_time FROM bar
            UNION
            SELECT grid.bucket_time FROM ops.bucket_grid($1, $4, $2, $3) AS grid WHERE $5
        )

        SELECT
            moment.bucket_time, bar.open, bar.high, bar.low, bar.close, bar.underlying_source,
            coalesce(bar.quotes, 0)
        FROM moment
        LEFT JOIN bar ON moment.bucket_time = bar.bucket_time
        ORDER BY moment.bucket_time
        $sql$,
        v_rollup
    ) USING
        p_symbol,
        coalesce(p_from, ops.known_session(p_symbol)), coalesce(p_to, 'infinity'),
        v_width, coalesce(p_fill, FALSE);
END;
$$;

COMMENT ON FUNCTION analytics.underlying_bars IS
'The bars of the underlying: one row per bucket in which it was known, in order, of its figure at '
'each snapshot; quotes counts these. underlying_source is that of the last one. Windows, '
'timeframes and p_fill as of analytics.option_bars.';
