-- Those of some expiries of a symbol that have a contract which is not delisted, in order.
--
-- NULL where none has. As a rule the first contract of an expiry is listed.
CREATE FUNCTION ops.listed_expiries(p_symbol text, p_expiries date[]) RETURNS date[]
LANGUAGE sql STABLE AS $$
SELECT array_agg(known.expiry ORDER BY known.expiry)
FROM fo.instrument AS instrument
CROSS JOIN unnest(p_expiries) AS known (expiry)
WHERE
    instrument.symbol = p_symbol
    AND EXISTS (
        SELECT
        FROM fo.contract AS contract
        WHERE
            contract.symbol = p_symbol
            AND contract.expiry = known.expiry
            AND contract.delisted_at IS NULL
            AND coalesce(contract.live_time >= instrument.listed_since, TRUE)
    );
$$;
