-- Take out the waiting quotes of a symbol that have company now, or that its clock has reached.
WITH taken AS (
    DELETE FROM fo.waiting_quote AS waiting
    USING fo.instrument AS instrument
    WHERE
        waiting.symbol = %s
        AND instrument.symbol = waiting.symbol
        AND waiting.quote_time <= CASE
            WHEN waiting.is_put_back THEN instrument.clock
            ELSE instrument.clock + ops.market_reach()
        END
    RETURNING waiting.quote_time, waiting.expiry, waiting.strike, waiting.quote
)

SELECT taken.quote::text AS quote
FROM taken
ORDER BY taken.quote_time, taken.expiry, taken.strike;
