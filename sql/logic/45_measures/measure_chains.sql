-- The figures of each chain of a symbol's expiries, now or as it was known at instants.
--
-- One row per (as_of, expiry), as fo.expiry_metrics keeps them: the one place where they are
-- computed. p_expiries and p_moments are those of ops.chains; docs/metrics.md says what each
-- figure is, with its ties and its NULLs. Everything is found in passes over the chain in the
-- order of its strikes; sums are of doubles, which are exact for OI times strike below 2^53.
CREATE FUNCTION ops.measure_chains(
    p_symbol text, p_expiries date[], p_moments timestamptz[]
) RETURNS SETOF fo.expiry_metrics
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_rate double precision := (
        SELECT instrument.rate FROM fo.instrument AS instrument WHERE instrument.symbol = p_symbol
    );
BEGIN
    RETURN QUERY
    WITH chain AS MATERIALIZED (
        SELECT
            quote.as_of, quote.expiry, quote.strike, quote.session, quote.years,
            quote.underlying, quote.forward,
            coalesce((quote.call_bid + quote.call_ask) / 2, quote.call_ltp) AS call_price,
            coalesce((quote.put_bid + quote.put_ask) / 2, quote.put_ltp) AS put_price,
            quote.call_oi, quote.put_oi,
            coalesce(quote.call_oi, 0)::double precision AS calls,
            coalesce(quote.put_oi, 0)::double precision AS puts,
            quote.call_volume, quote.put_volume,
            ops.known_iv(quote.call_iv) AS call_iv, ops.known_iv(quote.put_iv) AS put_iv,
            quote.call_delta, quote.put_delta,
            exposure.call_gex, exposure.put_gex,
            ops.known_sum(exposure.call_gex, exposure.put_gex) AS net_gex,
            exposure.call_dex, exposure.put_dex, exposure.call_vanna, exposure.put_vanna,
            exposure.call_charm, exposure.put_charm
        FROM ops.chains(p_symbol, p_expiries, p_moments) AS quote
        CROSS JOIN LATERAL ops.strike_exposure(quote, v_rate) AS exposure
    ),

    wing AS (
        SELECT
            leg.as_of, leg.expiry, leg.side,
            row_number() OVER outwards AS place,
            CASE
                WHEN
                    lag(leg.delta) OVER outwards >= 0.25 AND leg.delta <= 0.25
                    AND lag(leg.delta) OVER outwards > leg.delta
                    THEN
                        leg.iv + (lag(leg.iv) OVER outwards - leg.iv)
                        * (0.25 - leg.delta) / (lag(leg.delta) OVER outwards - leg.delta)
            END AS iv
        FROM (
            SELECT
                chain.as_of, chain.expiry, 'call' AS side, chain.strike - chain.forward AS distance,
                chain.call_delta AS delta, chain.call_iv AS iv
            FROM chain
            WHERE chain.strike >= chain.forward
            UNION ALL
            SELECT
                chain.as_of, chain.expiry, 'put' AS side, chain.forward - chain.strike AS distance,
                -chain.put_delta AS delta, chain.put_iv AS iv
            FROM chain
            WHERE chain.strike < chain.forward
        ) AS leg
        WHERE leg.delta IS NOT NULL AND leg.iv IS NOT NULL
        WINDOW outwards AS (PARTITION BY leg.as_of, leg.expiry, leg.side ORDER BY leg.distance)
    ),

    wings AS (
        SELECT
            crossing.as_of, crossing.expiry,
            max(crossing.iv) FILTER (WHERE crossing.side = 'call') AS call_25_iv,
            max(crossing.iv) FILTER (WHERE crossing.side = 'put') AS put_25_iv
        FROM (
            SELECT DISTINCT ON (wing.as_of, wing.expiry, wing.side) wing.*
            FROM wing
            WHERE wing.iv IS NOT NULL
            ORDER BY wing.as_of, wing.expiry, wing.side, wing.place
        ) AS crossing
        GROUP BY crossing.as_of, crossing.expiry
    ),

    gex AS (
        SELECT
            chain.as_of, chain.expiry, chain.forward, chain.strike,
            sum(chain.net_gex) OVER upwards AS sum,
            lead(chain.strike) OVER upwards AS next_strike,
            lead(chain.net_gex) OVER upwards AS next_gex
        FROM chain
        WHERE chain.net_gex IS NOT NULL
        WINDOW upwards AS (PARTITION BY chain.as_of, chain.expiry ORDER BY chain.strike)
    ),

    turn AS (
        SELECT
            gex.as_of, gex.expiry, gex.forward, gex.sum AS sum_after,
            lag(gex.sum) OVER upwards AS sum,
            lag(gex.strike) OVER upwards AS strike,
            lag(gex.next_strike) OVER upwards AS next_strike,
            lag(gex.next_gex) OVER upwards AS next_gex
        FROM gex
        WHERE gex.sum <> 0
        WINDOW upwards AS (PARTITION BY gex.as_of, gex.expiry ORDER BY gex.strike)
    ),

    flip AS (
        SELECT DISTINCT ON (turn.as_of, turn.expiry) turn.as_of, turn.expiry, crossing.level
        FROM turn
        CROSS JOIN
            LATERAL (
                SELECT
                -- A sum that is lost in the next one would vanish in the quotient: an error.
                    CASE
                        WHEN turn.sum + turn.next_gex = turn.next_gex THEN turn.strike
                        ELSE
                            turn.strike
                            - (turn.next_strike - turn.strike) * (turn.sum / turn.next_gex)
                    END AS level
            ) AS crossing
        WHERE sign(turn.sum) = -sign(turn.sum_after)
        ORDER BY turn.as_of, turn.expiry, abs(crossing.level - turn.forward), crossing.level
    ),

    running AS (
        SELECT
            chain.*,
            chain.strike * sum(chain.calls) OVER below - sum(chain.calls * chain.strike) OVER below
            + sum(chain.puts * chain.strike) OVER whole - sum(chain.puts * chain.strike) OVER below
            - chain.strike * (sum(chain.puts) OVER whole - sum(chain.puts) OVER below) AS payout,
            min(abs(chain.strike - chain.underlying)) OVER whole AS atm_distance,
            max(chain.session) OVER whole AS newest_session,
            max(chain.call_oi) FILTER (WHERE chain.strike >= chain.underlying)
                OVER whole AS resistance_oi,
            max(chain.put_oi) FILTER (WHERE chain.strike <= chain.underlying)
                OVER whole AS support_oi,
            max(chain.call_gex) OVER whole AS most_call_gex,
            min(chain.put_gex) OVER whole AS most_put_gex
        FROM chain
        WINDOW
            whole AS (PARTITION BY chain.as_of, chain.expiry),
            below AS (PARTITION BY chain.as_of, chain.expiry ORDER BY chain.strike)
    ),

    marked AS (
        SELECT
            running.*,
            min(running.payout) OVER whole AS least_payout,
            min(running.strike) FILTER (
                WHERE abs(running.strike - running.underlying) = running.atm_distance
            ) OVER whole AS at_strike
        FROM running
        WINDOW whole AS (PARTITION BY running.as_of, running.expiry)
    ),

    total AS (
        SELECT
            marked.as_of, marked.expiry,
            min(marked.years) AS years,
            min(marked.underlying) AS underlying,
            min(marked.forward) AS forward,
            min(marked.at_strike) AS atm_strike,
            min(marked.call_price) FILTER (WHERE marked.strike = marked.at_strike) AS call_price,
            min(marked.put_price) FILTER (WHERE marked.strike = marked.at_strike) AS put_price,
            min(marked.call_iv) FILTER (WHERE marked.strike = marked.at_strike) AS call_iv,
            min(marked.put_iv) FILTER (WHERE marked.strike = marked.at_strike) AS put_iv,
            sum(marked.call_oi)::bigint AS call_oi,
            sum(marked.put_oi)::bigint AS put_oi,
            sum(marked.call_volume)
            FILTER (WHERE marked.session = marked.newest_session)::bigint AS call_volume,
            sum(marked.put_volume)
            FILTER (WHERE marked.session = marked.newest_session)::bigint AS put_volume,
            sum(marked.calls) AS calls,
            sum(marked.puts) AS puts,
            sum(marked.calls * marked.strike) AS calls_by_strike,
            sum(marked.puts * marked.strike) AS puts_by_strike,
            min(marked.strike) FILTER (WHERE marked.payout = marked.least_payout) AS max_pain,
            min(marked.payout) AS max_pain_payout,
            max(marked.strike) FILTER (
                WHERE marked.put_oi = marked.support_oi AND marked.strike <= marked.underlying
            ) AS support,
            nullif(min(marked.support_oi), 0) AS support_oi,
            min(marked.strike) FILTER (
                WHERE marked.call_oi = marked.resistance_oi AND marked.strike >= marked.underlying
            ) AS resistance,
            nullif(min(marked.resistance_oi), 0) AS resistance_oi,
            sum(marked.call_gex) AS call_gex,
            sum(marked.put_gex) AS put_gex,
            sum(marked.net_gex) AS net_gex,
            min(marked.strike) FILTER (
                WHERE marked.call_gex = marked.most_call_gex AND marked.call_gex > 0
            ) AS call_wall,
            max(marked.strike) FILTER (
                WHERE marked.put_gex = marked.most_put_gex AND marked.put_gex < 0
            ) AS put_wall,
            sum(marked.call_dex) AS call_dex,
            sum(marked.put_dex) AS put_dex,
            sum(marked.call_vanna) AS call_vanna,
            sum(marked.put_vanna) AS put_vanna,
            sum(marked.call_charm) AS call_charm,
            sum(marked.put_charm) AS put_charm
        FROM marked
        GROUP BY marked.as_of, marked.expiry
    )

    SELECT
        fo.bucket_start('1 minute', total.as_of),
        p_symbol, total.expiry, total.as_of, total.years,
        total.underlying, total.forward, total.forward - total.underlying,
        total.atm_strike, total.call_price, total.put_price, total.call_price + total.put_price,
        atm.iv, total.forward * atm.iv * sqrt(total.years),
        total.call_oi, total.put_oi, total.puts / nullif(total.calls, 0) * has.put_oi,
        total.call_volume, total.put_volume,
        total.put_volume::double precision / nullif(total.call_volume, 0),
        total.max_pain * has.oi, total.max_pain_payout * has.oi,
        CASE WHEN total.support_oi IS NOT NULL THEN total.support END, total.support_oi,
        CASE WHEN total.resistance_oi IS NOT NULL THEN total.resistance END, total.resistance_oi,
        total.calls_by_strike / nullif(total.calls, 0),
        total.puts_by_strike / nullif(total.puts, 0),
        (total.calls_by_strike + total.puts_by_strike) / nullif(total.calls + total.puts, 0),
        wings.call_25_iv, wings.put_25_iv, wings.put_25_iv - wings.call_25_iv,
        (wings.call_25_iv + wings.put_25_iv) / 2 - atm.iv,
        total.call_gex, total.put_gex, total.net_gex, flip.level,
        total.call_wall, total.put_wall,
        ops.known_sum(total.call_dex, total.put_dex),
        ops.known_sum(total.call_vanna, total.put_vanna),
        ops.known_sum(total.call_charm, total.put_charm)
    FROM total
    CROSS JOIN
        LATERAL (
            SELECT avg(leg.iv) AS iv
            FROM (VALUES (total.call_iv), (total.put_iv)) AS leg (iv)
        ) AS atm
    CROSS JOIN
        LATERAL (
            SELECT
                CASE WHEN total.put_oi IS NOT NULL THEN 1 END AS put_oi,
                CASE WHEN total.calls + total.puts > 0 THEN 1 END AS oi
        ) AS has
    LEFT JOIN wings ON total.as_of = wings.as_of AND total.expiry = wings.expiry
    LEFT JOIN flip ON total.as_of = flip.as_of AND total.expiry = flip.expiry
    ORDER BY total.as_of, total.expiry;
END;
$$;
