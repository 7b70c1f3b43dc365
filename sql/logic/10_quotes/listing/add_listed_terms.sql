-- Add terms of pg_temp.listed_contract that are new, from p_at on. Returns how many.
--
-- The first that are known of an expiry hold for all times. Strikes of one expiry have the same
-- terms; of several the commonest count.
CREATE FUNCTION ops.add_listed_terms(p_source text, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_added bigint;
BEGIN
    INSERT INTO fo.contract_terms AS terms (
        symbol, expiry, since, lot, unit, tick, currency, source
    )
    SELECT
        listed.symbol, listed.expiry,
        CASE WHEN known.is_known THEN p_at ELSE '2000-01-01T00:00Z' END,
        listed.lot, listed.unit, listed.tick,
        CASE WHEN exchange.time_zone = 'Asia/Kolkata' THEN 'INR' END,
        p_source
    FROM (
        SELECT
            each.symbol, each.expiry,
            mode() WITHIN GROUP (ORDER BY each.lot) AS lot,
            mode() WITHIN GROUP (ORDER BY each.unit) AS unit,
            mode() WITHIN GROUP (ORDER BY each.tick) AS tick
        FROM pg_temp.listed_contract AS each
        GROUP BY each.symbol, each.expiry
    ) AS listed
    INNER JOIN fo.instrument AS instrument ON listed.symbol = instrument.symbol
    INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
    LEFT JOIN LATERAL (
        SELECT newest.lot, newest.unit, newest.tick
        FROM fo.contract_terms AS newest
        WHERE
            newest.symbol = listed.symbol
            AND newest.expiry = listed.expiry
            AND newest.since <= p_at
        ORDER BY newest.since DESC
        LIMIT 1
    ) AS stored ON TRUE
    CROSS JOIN
        LATERAL (
            SELECT
                stored.lot IS NOT NULL
                OR EXISTS (
                    SELECT FROM fo.lot_revision AS revision
                    WHERE
                        revision.symbol = listed.symbol
                        AND revision.first_expiry <= listed.expiry
                ) AS is_known
        ) AS known
    WHERE
        (stored.lot, stored.unit, stored.tick)
        IS DISTINCT FROM (listed.lot, listed.unit, listed.tick)
    ON CONFLICT (symbol, expiry, since) DO UPDATE
        SET
            lot = excluded.lot,
            unit = excluded.unit,
            tick = excluded.tick,
            source = excluded.source;
    GET DIAGNOSTICS v_added = ROW_COUNT;
    RETURN v_added;
END;
$$;
