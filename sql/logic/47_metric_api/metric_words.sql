-- The words that a reader sent for a metric, in the metric's own terms.
--
-- Roles become dates, in order and each once. `all` becomes none, where none means all. expiry is
-- also that of a metric of several expiries; a cursor holds the end of what it goes on with. at is
-- the instant that roles were resolved for.
CREATE FUNCTION ops.metric_words(
    p_metric text, p_words jsonb, OUT words jsonb, OUT at timestamptz, OUT skipped integer
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_known text[] := ARRAY(
        SELECT known.parameter FROM ops.metric_parameters_of(p_metric) AS known
    );
    v_symbol text := p_words -> 'symbol' ->> 0;
    v_cursor text := p_words -> 'cursor' ->> 0;
    v_clock timestamptz := (
        SELECT instrument.clock FROM fo.instrument AS instrument WHERE instrument.symbol = v_symbol
    );
    v_end text := CASE WHEN 'to' = ANY(v_known) THEN 'to' ELSE 'at' END;
    v_sent jsonb := coalesce(p_words -> 'expiry', p_words -> 'expiries');
    v_expiries text[];
    v_dates date[];
    v_needs_expiry boolean := EXISTS (
        SELECT FROM ops.metric_parameters_of(p_metric) AS known
        WHERE known.parameter = 'expiry' AND NOT known.is_optional
    );
    -- Rows that do not name their expiry are of one.
    v_is_of_one boolean := v_needs_expiry AND NOT EXISTS (
        SELECT FROM ops.metric_columns_of(p_metric) AS answered WHERE answered.name = 'expiry'
    );
BEGIN
    words := p_words - 'cursor';
    skipped := coalesce(split_part(v_cursor, '@', 1)::integer, 0);
    IF v_cursor IS NOT NULL AND v_end = ANY(v_known) AND NOT words ? v_end THEN
        words := words
        || jsonb_build_object(v_end, jsonb_build_array(split_part(v_cursor, '@', 2)));
    END IF;
    IF
        NOT v_known && '{at,to}'
        AND split_part(v_cursor, '@', 2)::timestamptz <> v_clock + interval '1 microsecond'
    THEN
        RAISE EXCEPTION 'the market has moved since the page before'
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'cursor_expired',
                COLUMN = 'cursor',
                HINT = 'Ask for the first page again.';
    END IF;
    IF
        'around' = ANY(v_known)
        AND jsonb_array_length(words -> 'strikes') = 1
        AND words -> 'strikes' ->> 0 LIKE 'atm:%'
    THEN
        words := (words - 'strikes')
        || jsonb_build_object('around', jsonb_build_array(substr(words -> 'strikes' ->> 0, 5)));
    END IF;
    at := coalesce(words -> 'at' ->> 0, words -> 'to' ->> 0)::timestamptz;
    IF NOT words ? 'at' AND at > v_clock THEN
        at := NULL;
    END IF;
    IF v_sent IS NOT NULL THEN
        v_expiries := ARRAY(
            SELECT word.name
            FROM jsonb_array_elements_text(v_sent) AS sent
            CROSS JOIN LATERAL string_to_table(sent.value, ',') AS word (name)
        );
        words := words - '{expiry,expiries}'::text[];
        IF 'all' <> ALL(v_expiries) THEN
            v_dates := ARRAY(
                SELECT DISTINCT ops.expiry_named(v_symbol, each.name, metric_words.at)
                FROM unnest(v_expiries) AS each (name)
                ORDER BY 1
            );
        ELSIF v_needs_expiry THEN
            v_dates := ARRAY(
                SELECT live.expiry FROM analytics.expiries(v_symbol, metric_words.at) AS live
            );
        END IF;
        IF v_is_of_one AND (cardinality(v_expiries) > 1 OR 'all' = ANY(v_expiries)) THEN
            RAISE EXCEPTION 'expiry is "%", and % is about one expiry',
                array_to_string(v_expiries, ','), p_metric
                USING ERRCODE = 'invalid_parameter_value',
                    CONSTRAINT = 'bad_expiry',
                    HINT = 'Send one of them, such as expiry=front.';
        ELSIF v_dates IS NOT NULL THEN
            words := words || jsonb_build_object(
                CASE WHEN 'expiries' = ANY(v_known) THEN 'expiries' ELSE 'expiry' END,
                to_jsonb(v_dates)
            );
        END IF;
    END IF;
END;
$$;
