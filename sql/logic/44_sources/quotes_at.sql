-- The last quote of a session that each contract of some expiries had at instants (p_moments, in
-- order), if it was live and listed then. In no order.
--
-- As a rule the first instant's session has it, so that one day is looked at; else it is searched
-- for 30 days back (ops.quote_before), and then in all that the contract has, or known to be the
-- newest. The plan is made for the time asked for: it has that time's days and no others, whatever
-- the history.
CREATE FUNCTION ops.quotes_at(
    p_symbol text, p_expiries date[], p_moments timestamptz[]
) RETURNS TABLE (as_of timestamptz, quote fo.option_quote)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET enable_nestloop = off AS $$
DECLARE
    v_first timestamptz := p_moments[1];
    v_last timestamptz := p_moments[cardinality(p_moments)];
    v_day timestamptz := ops.session_at(p_symbol, v_first);
    v_month timestamptz := v_first - interval '30 days';
BEGIN
    RETURN QUERY
    WITH moment AS MATERIALIZED (
        SELECT each.as_of, ops.listed_since(p_symbol, each.as_of) AS listed_since
        FROM unnest(p_moments) AS each (as_of)
    ),

    known AS MATERIALIZED (
        SELECT
            each.*,
            lead(each.quote_time) OVER (
                PARTITION BY each.expiry, each.strike ORDER BY each.quote_time
            ) AS until
        FROM (
            SELECT
                contract.expiry, contract.strike, contract.delisted_at, life.expires_at,
                newest.quote, (newest.quote).quote_time
            FROM fo.contract AS contract
            INNER JOIN fo.expiry AS life
                ON contract.symbol = life.symbol AND contract.expiry = life.expiry -- noqa: ST09
            CROSS JOIN
                LATERAL (
                    (
                        SELECT source AS quote
                        FROM fo.option_quote AS source
                        WHERE
                            source.symbol = contract.symbol
                            AND source.expiry = contract.expiry
                            AND source.strike = contract.strike
                            AND source.quote_time >= v_day
                            AND source.quote_time <= v_first
                            AND source.in_session
                        ORDER BY source.quote_time DESC
                        LIMIT 1
                    )
                    -- In this order: no caller's plan is parallel.
                    UNION ALL
                    SELECT source AS quote
                    FROM
                        ops.quote_before(
                            contract.symbol, contract.expiry, contract.strike,
                            CASE
                                WHEN contract.live_time <= v_first THEN contract.live_time
                                ELSE v_month
                            END,
                            v_day
                        ) AS source
                    UNION ALL
                    SELECT source AS quote
                    FROM
                        ops.quote_before(
                            contract.symbol, contract.expiry, contract.strike,
                            ops.session_floor(contract.first_session), v_month
                        ) AS source
                    WHERE
                        contract.live_time > v_first
                        AND ops.session_floor(contract.first_session) < v_month
                    LIMIT 1
                ) AS newest
            WHERE
                contract.symbol = p_symbol
                AND contract.expiry = ANY(p_expiries)
                AND contract.live_time IS NOT NULL
                AND life.symbol = p_symbol
                AND life.expiry = ANY(p_expiries)
            UNION ALL
            -- Read once, and joined by hashes: the planner expects no quotes of a time or a symbol
            -- that it has no statistics of yet, and would read all of them for each contract.
            SELECT
                contract.expiry, contract.strike, contract.delisted_at, life.expires_at,
                source AS quote, source.quote_time
            FROM fo.option_quote AS source
            INNER JOIN fo.contract AS contract
                ON
                    source.symbol = contract.symbol
                    AND source.expiry = contract.expiry
                    AND source.strike = contract.strike
            INNER JOIN fo.expiry AS life
                ON contract.symbol = life.symbol AND contract.expiry = life.expiry
            WHERE
                source.symbol = p_symbol
                AND source.expiry = ANY(p_expiries)
                AND source.quote_time > v_first
                AND source.quote_time <= v_last
                AND source.in_session
        ) AS each
    )

    SELECT moment.as_of, known.quote
    FROM known
    INNER JOIN moment
        ON
            known.quote_time <= moment.as_of
            AND (moment.listed_since IS NULL OR known.quote_time >= moment.listed_since)
            AND (known.until IS NULL OR known.until > moment.as_of)
            AND (known.delisted_at IS NULL OR known.delisted_at > moment.as_of)
            AND known.expires_at > moment.as_of;
END;
$$;
