-- The live expiries of a symbol, by its market clock, in order; NULL where none is.
--
-- Without those of which every contract is delisted.
CREATE FUNCTION ops.known_expiries(p_symbol text) RETURNS date[]
LANGUAGE sql STABLE AS $$
SELECT array_agg(life.expiry ORDER BY life.expiry)
FROM fo.instrument AS instrument
INNER JOIN fo.expiry AS life
    ON
        instrument.symbol = life.symbol
        AND instrument.clock < life.expires_at
        -- In no time zone earlier: the dead are not even looked at.
        AND life.expiry >= (instrument.clock AT TIME ZONE 'UTC')::date - 1
WHERE
    instrument.symbol = p_symbol
    AND EXISTS (
        SELECT FROM fo.contract AS contract
        WHERE
            contract.symbol = life.symbol
            AND contract.expiry = life.expiry
            AND contract.delisted_at IS NULL
            AND coalesce(contract.live_time >= instrument.listed_since, TRUE)
    );
$$;
