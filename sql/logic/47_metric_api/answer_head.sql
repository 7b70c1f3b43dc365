-- What an answer says of itself, whatever its rows: of which instant it is, and how fresh.
--
-- NULL for a reader who may not read the symbol. members has the same figures, written as members
-- of a JSON object. past is one text for all answers about one past, until that past changes; NULL
-- where an answer is also about now.
CREATE FUNCTION ops.answer_head(
    p_metric text,
    p_words jsonb,
    OUT clock timestamptz,
    OUT as_of timestamptz,
    OUT committed_at timestamptz,
    OUT wall_pace_seconds double precision,
    OUT market_pace_seconds double precision,
    OUT past text,
    OUT members text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    v_symbol text := p_words -> 'symbol' ->> 0;
    v_words text[] := ARRAY(
        SELECT known.parameter
        FROM ops.metric_parameter AS known
        WHERE known.metric = p_metric
    );
    v_end text := CASE WHEN 'to' = ANY(v_words) THEN 'to' ELSE 'at' END;
    v_at timestamptz := coalesce(
        p_words -> v_end ->> 0, split_part(p_words -> 'cursor' ->> 0, '@', 2)
    )::timestamptz;
    v_floor timestamptz;
    v_recent timestamptz[];
BEGIN
    members := '"clock":null,"as_of":null,"committed_at":null,"wall_pace_seconds":null,'
        '"market_pace_seconds":null';
    IF ops.symbols_asked(v_symbol, '{chain,metrics}') IS DISTINCT FROM ARRAY[v_symbol] THEN
        RETURN;
    END IF;
    SELECT instrument.clock, instrument.raw_floor INTO clock, v_floor
    FROM fo.instrument AS instrument
    WHERE instrument.symbol = v_symbol;
    SELECT newest.committed_at, newest.recent INTO committed_at, v_recent
    FROM fo.market_commit AS newest
    WHERE newest.symbol = v_symbol;
    as_of := CASE WHEN v_end = 'to' THEN least(v_at, clock) ELSE coalesce(v_at, clock) END;
    wall_pace_seconds := extract(EPOCH FROM ops.usual_gap(v_recent));
    market_pace_seconds := extract(EPOCH FROM ops.usual_gap(ops.newest_moments(v_symbol)));
    IF v_at < clock THEN
        past := concat_ws(
            '-', ops.past_number(v_symbol, 'quotes', v_at),
            CASE
                WHEN NOT ops.reads_quotes_only(p_metric)
                    THEN ops.past_number(v_symbol, 'bars', v_at)
            END,
            extract(EPOCH FROM v_floor)
        );
    END IF;
    members := concat(
        '"clock":', coalesce(to_json(clock), 'null'),
        ',"as_of":', coalesce(to_json(as_of), 'null'),
        ',"committed_at":', coalesce(to_json(committed_at), 'null'),
        ',"wall_pace_seconds":', coalesce(to_json(wall_pace_seconds), 'null'),
        ',"market_pace_seconds":', coalesce(to_json(market_pace_seconds), 'null')
    );
END;
$$;
