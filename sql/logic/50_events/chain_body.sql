-- The bodies of the chain events that the batch gives rise to: what changed in the live chain.
--
-- One row per symbol, expiry, snapshot and range of strikes, each small enough for one NOTIFY
-- with its id and epoch. Strikes whose newest quote of a session was written, of contracts that
-- are live. A new chunk begins before the row that would pass the budget.
CREATE FUNCTION ops.chain_body() RETURNS TABLE (symbol text, expiry date, body text)
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
BEGIN
    RETURN QUERY
    WITH live AS (
        SELECT DISTINCT
            written.symbol, written.expiry, written.strike, contract.live_time, instrument.clock
        FROM pg_temp.batch_written AS written
        INNER JOIN fo.contract AS contract
            ON
                written.symbol = contract.symbol
                AND written.expiry = contract.expiry
                AND written.strike = contract.strike
                AND written.quote_time = contract.live_time
        INNER JOIN fo.instrument AS instrument ON written.symbol = instrument.symbol
        INNER JOIN fo.expiry AS life
            ON written.symbol = life.symbol AND written.expiry = life.expiry
        WHERE life.expires_at > instrument.clock
    ),

    line AS (
        SELECT
            quote.symbol, quote.expiry, quote.strike,
            ops.chain_head(quote, live.clock) AS head,
            ops.chain_row(quote) AS line
        FROM live
        INNER JOIN fo.option_quote AS quote
            ON
                live.symbol = quote.symbol
                AND live.expiry = quote.expiry
                AND live.strike = quote.strike
                AND live.live_time = quote.quote_time
    ),

    measured AS (
        SELECT
            line.*,
            sum(octet_length(line.line) + 1) OVER (
                PARTITION BY line.head ORDER BY line.strike
            ) AS bytes,
            7800 - octet_length(line.head)
            - max(octet_length(line.line) + 1) OVER (PARTITION BY line.head) AS budget
        FROM line
    )

    SELECT
        measured.symbol, measured.expiry,
        left(measured.head, -1) || ',"rows":['
        || string_agg(measured.line, ',' ORDER BY measured.strike) || ']}'
    FROM measured
    GROUP BY measured.symbol, measured.expiry, measured.head, (measured.bytes - 1) / measured.budget
    ORDER BY measured.symbol, measured.expiry, measured.head, min(measured.strike);
END;
$$;
