-- The bodies of the chain events that the batch gives rise to: what changed in the live chain.
--
-- One row per symbol, expiry, snapshot and range of strikes, each small enough for one NOTIFY
-- with its id and epoch. Strikes whose newest quote of a session was written, of contracts that
-- are live. A new chunk begins before the row that would pass the budget. Contracts are read by
-- expiry and quotes by snapshot, in the order of an index, and a head is computed once for all
-- quotes that share it: one at a time they take three times as long. To the planner a young day
-- looks small enough to be read whole.
CREATE FUNCTION ops.chain_body() RETURNS TABLE (symbol text, expiry date, body text)
LANGUAGE plpgsql VOLATILE
SET timezone = 'UTC' SET plan_cache_mode = force_custom_plan
SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY
    WITH live AS MATERIALIZED (
        SELECT DISTINCT
            contract.symbol, contract.expiry, contract.strike, contract.live_time, contract.clock
        FROM pg_temp.batch_written AS written
        INNER JOIN (
            SELECT
                known.symbol, known.expiry, known.strike, known.live_time, instrument.clock
            FROM (
                SELECT DISTINCT each.symbol, each.expiry FROM pg_temp.batch_written AS each
            ) AS came
            INNER JOIN fo.instrument AS instrument ON came.symbol = instrument.symbol
            INNER JOIN fo.expiry AS life
                ON came.symbol = life.symbol AND came.expiry = life.expiry
            CROSS JOIN
                LATERAL (
                    SELECT stored.symbol, stored.expiry, stored.strike, stored.live_time
                    FROM fo.contract AS stored
                    WHERE
                        stored.symbol = life.symbol
                        AND stored.expiry = life.expiry
                        AND stored.delisted_at IS NULL
                        AND coalesce(stored.live_time >= instrument.listed_since, TRUE)
                    OFFSET 0
                ) AS known
            WHERE life.expires_at > instrument.clock
        ) AS contract
            ON
                written.symbol = contract.symbol
                AND written.expiry = contract.expiry
                AND written.strike = contract.strike
                AND written.quote_time = contract.live_time
    ),

    line AS (
        SELECT
            quote.symbol, quote.expiry, quote.strike,
            ops.chain_row(quote) AS line,
            dense_rank() OVER (
                ORDER BY quote.symbol, quote.expiry, quote.quote_time, quote.exchange_time
            ) AS chain,
            CASE
                WHEN
                    row_number() OVER (
                        PARTITION BY
                            quote.symbol, quote.expiry, quote.quote_time, quote.exchange_time
                        ORDER BY quote.strike
                    ) = 1
                    THEN ops.chain_head(quote, live.clock)
            END AS head
        FROM (
            SELECT DISTINCT each.symbol, each.live_time FROM live AS each
        ) AS moment
        CROSS JOIN
            LATERAL (
                SELECT source.*
                FROM fo.option_quote AS source
                WHERE source.symbol = moment.symbol AND source.quote_time = moment.live_time
                OFFSET 0
            ) AS quote
        INNER JOIN live
            ON
                quote.symbol = live.symbol
                AND quote.expiry = live.expiry
                AND quote.strike = live.strike
                AND quote.quote_time = live.live_time
    ),

    measured AS (
        SELECT
            line.*,
            sum(octet_length(line.line) + 1) OVER (
                PARTITION BY line.chain ORDER BY line.strike
            ) AS bytes,
            7800 - max(octet_length(line.head)) OVER (PARTITION BY line.chain)
            - max(octet_length(line.line) + 1) OVER (PARTITION BY line.chain) AS budget,
            max(line.head) OVER (PARTITION BY line.chain) AS of_chain
        FROM line
    )

    SELECT
        measured.symbol, measured.expiry,
        left(min(measured.of_chain), -1) || ',"rows":['
        || string_agg(measured.line, ',' ORDER BY measured.strike) || ']}'
    FROM measured
    GROUP BY
        measured.chain, measured.symbol, measured.expiry, (measured.bytes - 1) / measured.budget
    ORDER BY measured.chain, min(measured.strike);
END;
$$;
