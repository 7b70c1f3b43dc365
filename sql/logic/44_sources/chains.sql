-- The chains of a symbol's expiries, now or as they were known at instants.
--
-- One row per (as_of, expiry, strike), in that order; the arguments are those of ops.chain_quotes.
-- What is planned for the instants asked for is there, so the plans of this function are kept.
-- underlying and forward, with their sources, are those of the newest quote: one figure for each
-- chain. It is stale where its newest stamp is more than 5 minutes of a session old; without
-- stamps, where no volume or OI of the symbol has moved for so long (NULL where growth is unknown:
-- see fo.instrument).
CREATE FUNCTION ops.chains(
    p_symbol text, p_expiries date[], p_moments timestamptz[]
) RETURNS SETOF analytics.chain_strike
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_instrument fo.instrument := (
        SELECT instrument FROM fo.instrument AS instrument WHERE instrument.symbol = p_symbol
    );
    v_clock timestamptz := v_instrument.clock;
    v_has_volume_growth boolean := v_instrument.volume_kind = 'session';
    v_has_oi_growth boolean := v_instrument.oi_kind = 'now';
BEGIN
    RETURN QUERY
    WITH quote AS MATERIALIZED (
        SELECT * FROM ops.chain_quotes(p_symbol, p_expiries, p_moments)
    ),

    opening AS MATERIALIZED (
        SELECT
            moment.as_of, newest.opens_at, newest.until,
            CASE
                WHEN
                    EXISTS (
                        SELECT FROM quote
                        WHERE quote.stamp_age IS NULL
                    )
                    THEN
                        ops.content_moved(
                            p_symbol, newest.until - interval '5 minutes', moment.as_of
                        )
            END AS has_moved
        FROM unnest(coalesce(p_moments, ARRAY[v_clock])) AS moment (as_of)
        CROSS JOIN LATERAL (
            SELECT session.opens_at, least(session.closes_at, moment.as_of) AS until
            FROM fo.session AS session
            WHERE
                session.exchange = v_exchange.exchange
                AND session.opens_at <= moment.as_of
            ORDER BY session.opens_at DESC
            LIMIT 1
        ) AS newest
    ),

    -- Grouped and joined: a window would copy a whole row for each figure of each row.
    chain AS MATERIALIZED (
        SELECT
            quote.as_of, quote.expiry, quote.as_of - min(quote.stamp_age) AS stamped_at,
            bool_or(
                (v_has_volume_growth AND num_nonnulls(quote.call_volume, quote.put_volume) > 0)
                OR (v_has_oi_growth AND num_nonnulls(quote.call_oi, quote.put_oi) > 0)
            ) AS can_move
        FROM quote
        GROUP BY quote.as_of, quote.expiry
    ),

    newest AS MATERIALIZED (
        SELECT DISTINCT ON (quote.as_of, quote.expiry)
            quote.as_of, quote.expiry,
            quote.underlying, quote.underlying_source, quote.forward, quote.forward_source
        FROM quote
        ORDER BY
            quote.as_of ASC, quote.expiry ASC, quote.quote_time DESC, quote.strike ASC
    ),

    money AS MATERIALIZED (
        SELECT
            newest.*,
            CASE
                WHEN chain.stamped_at IS NOT NULL
                    THEN
                        opening.until - greatest(chain.stamped_at, opening.opens_at)
                        > interval '5 minutes'
                WHEN chain.can_move
                    THEN
                        NOT opening.has_moved
                        AND opening.until - opening.opens_at > interval '5 minutes'
            END AS is_stale,
            ops.years(life.expires_at - newest.as_of) AS years
        FROM newest
        INNER JOIN chain ON newest.as_of = chain.as_of AND newest.expiry = chain.expiry
        INNER JOIN fo.expiry AS life
            ON life.symbol = p_symbol AND newest.expiry = life.expiry
        LEFT JOIN opening ON newest.as_of = opening.as_of
    )

    SELECT
        quote.expiry, quote.strike, quote.as_of, quote.quote_time, quote.age, quote.stamp_age,
        money.is_stale,
        quote.session,
        money.underlying, money.underlying_source, money.forward, money.forward_source,
        money.years,
        /*columns chain_strike of quote from strike_gap*/
    FROM quote
    INNER JOIN money ON quote.as_of = money.as_of AND quote.expiry = money.expiry
    ORDER BY quote.as_of, quote.expiry, quote.strike;
END;
$$;
