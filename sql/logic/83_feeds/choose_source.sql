-- Choose which source a symbol's quotes are stored of, from now on. A change is an ops event.
--
-- The first source is the first that is live. Another one takes over in a session where the one in
-- charge has stalled, or is gone: the first in order that is live and whose volume has caught up
-- with what the one in charge had at the beat before. One that stands before the one in charge
-- takes over when it was steady for a minute. A volume of an earlier session does not count.
CREATE FUNCTION ops.choose_source(p_symbol text, p_now timestamptz DEFAULT clock_timestamp())
RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_steady constant interval := '1 minute';
    v_old text;
    v_since timestamptz;
    v_standing ops.source_standing;
    v_opening record;
    v_clock timestamptz;
    v_is_gone boolean;
    v_has_stalled boolean;
    v_next record;
BEGIN
    SELECT charge.source, charge.since INTO v_old, v_since
    FROM ops.source_in_charge(p_symbol) AS charge;
    SELECT opening.opens_at, opening.closes_at INTO v_opening
    FROM fo.instrument AS instrument
    CROSS JOIN LATERAL ops.newest_opening(instrument.exchange, p_now) AS opening
    WHERE instrument.symbol = p_symbol;
    SELECT standing.* INTO v_standing
    FROM ops.source_standings(p_symbol, p_now) AS standing
    WHERE standing.source = v_old;
    v_is_gone := NOT FOUND OR NOT v_standing.is_driven;
    v_has_stalled := NOT v_is_gone AND NOT v_standing.is_live AND p_now < v_opening.closes_at;
    SELECT standing.* INTO v_next
    FROM ops.source_standings(p_symbol, p_now) AS standing
    WHERE
        standing.is_driven
        AND standing.is_live
        AND standing.source IS DISTINCT FROM v_old
        AND (
            v_is_gone
            OR v_has_stalled
            OR (
                (standing.place, standing.source) < (v_standing.place, v_standing.source)
                AND p_now - standing.steady_since >= c_steady
            )
        )
        AND coalesce(
            v_standing.last_message_at < v_opening.opens_at
            OR standing.volume >= v_standing.volume_before,
            TRUE
        )
    ORDER BY standing.place, standing.source
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Writers of the symbol's quotes wait, and then see who is in charge (ops.require_source).
    SELECT instrument.clock INTO v_clock
    FROM fo.instrument AS instrument
    WHERE instrument.symbol = p_symbol
    FOR NO KEY UPDATE;
    PERFORM FROM fo.quote_source AS charge
    WHERE charge.symbol = p_symbol AND charge.since > coalesce(v_since, '-infinity');
    IF FOUND THEN
        RETURN;  -- another process has chosen meanwhile
    END IF;
    v_since := greatest(
        v_next.read_at, v_clock + interval '1 microsecond', v_since + interval '1 microsecond'
    );
    PERFORM ops.note_source(
        p_symbol, v_since, v_next.source, v_old,
        CASE
            WHEN v_old IS NULL THEN 'it is the first source that is live'
            WHEN v_is_gone
                THEN
                    format('%s is not driven', v_old) || coalesce(': ' || v_standing.failure, '')
            WHEN v_has_stalled
                THEN
                    format(
                        '%s is silent for %s s', v_old,
                        round(extract(EPOCH FROM p_now - v_standing.last_message_at))
                    ) || coalesce(': ' || v_standing.failure, '')
            ELSE format('it stands before %s and is steady for a minute', v_old)
        END
    );
END;
$$;
