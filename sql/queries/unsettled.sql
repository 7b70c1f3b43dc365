-- What the clocks of some symbols leave to be done, mostly nothing.
--
-- is_awaited: waiting quotes have company now, or the clock has reached them. A clock: the first
-- snapshot is alone, and others behind it have company; the newest of these is the clock.
SELECT
    settled.symbol,
    settled.is_awaited,
    settled.clock
FROM (
    SELECT
        instrument.symbol,
        ops.is_awaited(instrument.symbol, instrument.clock) AS is_awaited,
        CASE
            WHEN NOT instrument.has_company
                THEN nullif(ops.clock_with_company(instrument.symbol), instrument.clock)
        END AS clock
    FROM fo.instrument AS instrument
    WHERE instrument.symbol = ANY(%s)
) AS settled
WHERE settled.is_awaited OR settled.clock IS NOT NULL
ORDER BY settled.symbol;
