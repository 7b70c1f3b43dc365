-- Append the events of the batch. Returns the id of the newest event, this batch's or not.
CREATE FUNCTION ops.announce_batch() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_symbols text[];
    v_expiries date[];
    v_bodies text[];
BEGIN
    SELECT array_agg(chain.symbol), array_agg(chain.expiry), array_agg(chain.body)
    INTO v_symbols, v_expiries, v_bodies
    FROM ops.chain_body() AS chain;
    SELECT
        v_symbols || array_agg(clock.symbol), v_expiries || array_agg(clock.expiry),
        v_bodies || array_agg(clock.body)
    INTO v_symbols, v_expiries, v_bodies
    FROM ops.clock_body(coalesce(v_symbols, '{}')) AS clock;
    IF v_bodies IS NULL THEN
        RETURN (SELECT counter.last_id FROM job.event_counter AS counter);
    END IF;
    PERFORM ops.note_commits(v_symbols);
    RETURN ops.append_events(
        array_fill('chain'::text, ARRAY[cardinality(v_bodies)]), v_symbols, v_expiries, v_bodies
    );
END;
$$;
