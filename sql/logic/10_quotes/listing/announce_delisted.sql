-- Append the events that take delisted contracts of a symbol out of its live chains.
--
-- The arrays are parallel. One event per expiry and 300 strikes; an expiry of which no contract is
-- left is said to have expired: for a reader of live chains it is the same.
CREATE FUNCTION ops.announce_delisted(
    p_symbol text, p_expiries date[], p_strikes double precision[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_expiries date[];
    v_bodies text[];
BEGIN
    WITH gone AS (
        SELECT
            contract.expiry, contract.strike,
            (row_number() OVER by_expiry - 1) / 300 AS part
        FROM unnest(p_expiries, p_strikes) AS contract (expiry, strike)
        WINDOW by_expiry AS (PARTITION BY contract.expiry ORDER BY contract.strike)
    ),

    part AS (
        SELECT
            gone.expiry, gone.part, json_agg(gone.strike ORDER BY gone.strike) AS strikes,
            ops.listed_expiries(p_symbol, ARRAY[gone.expiry]) IS NULL AS is_whole
        FROM gone
        GROUP BY gone.expiry, gone.part
    )

    SELECT
        array_agg(part.expiry ORDER BY part.expiry, part.part),
        array_agg(
            (
                json_build_object(
                    'topic', 'chain', 'symbol', p_symbol, 'expiry', part.expiry,
                    'clock', instrument.clock,
                    CASE WHEN part.is_whole THEN 'expired' ELSE 'delisted' END,
                    CASE WHEN part.is_whole THEN to_json(TRUE) ELSE part.strikes END
                )
            )::text
            ORDER BY part.expiry, part.part
        )
    INTO v_expiries, v_bodies
    FROM part
    INNER JOIN fo.instrument AS instrument ON instrument.symbol = p_symbol
    WHERE part.part = 0 OR NOT part.is_whole;
    IF v_bodies IS NOT NULL THEN
        PERFORM ops.append_events(
            array_fill('chain'::text, ARRAY[cardinality(v_bodies)]),
            array_fill(p_symbol, ARRAY[cardinality(v_bodies)]),
            v_expiries, v_bodies
        );
    END IF;
END;
$$;
