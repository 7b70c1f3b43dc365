-- The bars of a ticker as TradingView's UDF answers /history: columns as arrays, oldest first.
--
-- Times are seconds since 1970. Of p_countback bars before p_to, p_from says nothing; without it
-- the window has at most the newest 10,000. A window without bars is no_data, and nextTime is the
-- time of the newest bar before it, if there is one.
CREATE FUNCTION ops.udf_history(
    p_ticker text, p_resolution text, p_from bigint, p_to bigint, p_countback integer
) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_most constant integer := 10000;
    v_timeframe text := ops.udf_timeframe(p_resolution);
    v_from timestamptz := CASE WHEN p_countback IS NULL THEN to_timestamp(p_from) END;
    v_to timestamptz := to_timestamp(p_to);
    v_bars json;
    v_next bigint;
BEGIN
    SELECT
        json_strip_nulls(
            json_build_object(
                's', 'ok',
                't', array_agg(extract(EPOCH FROM bar.bar_time)::bigint ORDER BY bar.bar_time),
                'o',
                array_agg(bar.open ORDER BY bar.bar_time) FILTER (WHERE bar.open IS NOT NULL),
                'h',
                array_agg(bar.high ORDER BY bar.bar_time) FILTER (WHERE bar.open IS NOT NULL),
                'l',
                array_agg(bar.low ORDER BY bar.bar_time) FILTER (WHERE bar.open IS NOT NULL),
                'c', array_agg(bar.close ORDER BY bar.bar_time),
                'v', CASE
                    WHEN count(bar.volume) > 0
                        THEN array_agg(bar.volume ORDER BY bar.bar_time)
                END
            )
        )
    INTO v_bars
    FROM
        ops.udf_bars(
            p_ticker, v_timeframe, v_from, v_to, least(coalesce(p_countback, c_most), c_most)
        ) AS bar
    HAVING count(*) > 0;
    IF v_bars IS NOT NULL THEN
        RETURN v_bars;
    END IF;
    SELECT extract(EPOCH FROM earlier.bar_time)::bigint INTO v_next
    FROM ops.udf_bars(p_ticker, v_timeframe, NULL, least(v_from, v_to), 1) AS earlier;
    RETURN json_strip_nulls(json_build_object('s', 'no_data', 'nextTime', v_next));
END;
$$;
