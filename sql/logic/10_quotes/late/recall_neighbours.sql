-- Bring in the stored snapshots in session before and after each moment of the batch.
--
-- Their times go to pg_temp.batch_neighbour, and the quotes that the batch's contracts have in them
-- to pg_temp.batch_neighbour_quote. Whole snapshots are read, because the neighbours of a late
-- quote mostly are those of its whole snapshot. Never all of a day, of which the planner may know
-- no more than the first snapshot.
CREATE FUNCTION ops.recall_neighbours(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_neighbour (symbol, quote_time, before_time, after_time)
    SELECT moment.symbol, moment.quote_time, before.quote_time, after.quote_time
    FROM (
        SELECT DISTINCT chain.symbol, chain.quote_time
        FROM pg_temp.batch_chain AS chain
        WHERE chain.reason IS NULL
    ) AS moment
    LEFT JOIN LATERAL (
        SELECT stored.quote_time
        FROM fo.option_quote AS stored
        WHERE
            stored.symbol = moment.symbol
            AND stored.quote_time >= p_from
            AND stored.quote_time < moment.quote_time
            AND stored.quote_time < p_to
            AND stored.in_session
        ORDER BY stored.quote_time DESC
        LIMIT 1
    ) AS before ON TRUE
    LEFT JOIN LATERAL (
        SELECT stored.quote_time
        FROM fo.option_quote AS stored
        WHERE
            stored.symbol = moment.symbol
            AND stored.quote_time >= p_from
            AND stored.quote_time > moment.quote_time
            AND stored.quote_time < p_to
            AND stored.in_session
        ORDER BY stored.quote_time
        LIMIT 1
    ) AS after ON TRUE;
    INSERT INTO pg_temp.batch_neighbour_quote (
        contract, quote_time, session,
        call_volume, put_volume, call_oi, put_oi
    )
    SELECT
        listed.contract, stored.quote_time, stored.session,
        stored.call_volume, stored.put_volume, stored.call_oi, stored.put_oi
    FROM (
        SELECT around.symbol, around.before_time AS quote_time
        FROM pg_temp.batch_neighbour AS around
        UNION
        SELECT around.symbol, around.after_time
        FROM pg_temp.batch_neighbour AS around
    ) AS moment
    CROSS JOIN
        LATERAL (
            SELECT quote.*
            FROM fo.option_quote AS quote
            WHERE
                quote.symbol = moment.symbol
                AND quote.quote_time = moment.quote_time
                AND quote.quote_time >= p_from
                AND quote.quote_time < p_to
                AND quote.in_session
            -- keeps the planner to the index by time, moment by moment
            OFFSET 0
        ) AS stored
    INNER JOIN pg_temp.batch_contract AS listed
        ON
            stored.symbol = listed.symbol
            AND stored.expiry = listed.expiry
            AND stored.strike = listed.strike;
END;
$$;
