-- The chains of a symbol's expiries, now or as they were known at instants.
--
-- One row per (as_of, expiry, strike), in that order. p_moments NULL: the live rows of
-- fo.latest_snapshot, as of the market clock; else, for each moment, the last quote of a session
-- that each contract live and listed then had. p_expiries NULL means all that are live, or were at
-- the first moment. underlying and forward, with their sources, are those of the newest quote: one
-- figure for each chain. It is stale where its newest stamp is more than 5 minutes of a session
-- old; without stamps, where no volume or OI of the symbol has moved for so long (NULL where growth
-- is unknown: see fo.instrument).
--
-- History is searched 30 days back from the first moment, or to the newest quote of a contract
-- that has had none since: the days before cost nothing then.
CREATE FUNCTION ops.chains(
    p_symbol text, p_expiries date[], p_moments timestamptz[]
) RETURNS SETOF analytics.chain_strike
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_instrument fo.instrument := (
        SELECT instrument FROM fo.instrument AS instrument WHERE instrument.symbol = p_symbol
    );
    v_clock timestamptz := v_instrument.clock;
    v_has_volume_growth boolean := v_instrument.volume_kind = 'session';
    v_has_oi_growth boolean := v_instrument.oi_kind = 'now';
    v_expiries date[] := coalesce(
        p_expiries,
        CASE
            WHEN p_moments IS NULL THEN ops.known_expiries(p_symbol)
            ELSE ops.expiries_from(
                p_symbol, (p_moments[1] AT TIME ZONE v_exchange.time_zone)::date
            )
        END
    );
    v_floor timestamptz := (
        SELECT least(p_moments[1] - interval '30 days', min(contract.live_time))
        FROM fo.contract AS contract
        WHERE contract.symbol = p_symbol
            AND contract.expiry = ANY(v_expiries)
            AND contract.live_time <= p_moments[1]
    );
BEGIN
    RETURN QUERY
    WITH quote AS MATERIALIZED (
        SELECT
            v_clock AS as_of,
            latest.exchange_time,
            /*columns chain_strike of latest but as_of, age, stamp_age, is_stale, years*/
        FROM fo.latest_snapshot AS latest
        WHERE
            p_moments IS NULL
            AND latest.timeframe = 'live'
            AND latest.symbol = p_symbol
            AND latest.expiry = ANY(v_expiries)
        UNION ALL
        SELECT
            moment.as_of,
            known.exchange_time,
            /*columns chain_strike of known but as_of, age, stamp_age, is_stale, years*/
        FROM fo.contract AS contract
        INNER JOIN fo.expiry AS life
            ON contract.symbol = life.symbol AND contract.expiry = life.expiry
        CROSS JOIN
            LATERAL (
                SELECT
                    source.*,
                    lead(source.quote_time) OVER (ORDER BY source.quote_time) AS until
                FROM fo.option_quote AS source
                WHERE
                    source.symbol = contract.symbol
                    AND source.expiry = contract.expiry
                    AND source.strike = contract.strike
                    AND source.quote_time >= coalesce(
                        (
                            SELECT first.quote_time
                            FROM fo.option_quote AS first
                            WHERE
                                first.symbol = contract.symbol
                                AND first.expiry = contract.expiry
                                AND first.strike = contract.strike
                                AND first.quote_time <= p_moments[1]
                                AND first.quote_time >= v_floor
                                AND first.in_session
                            ORDER BY first.quote_time DESC
                            LIMIT 1
                        ),
                        p_moments[1]
                    )
                    AND source.quote_time >= v_floor
                    AND source.quote_time <= p_moments[cardinality(p_moments)]
                    AND source.in_session
            ) AS known
        INNER JOIN (
            SELECT each.as_of, ops.listed_since(p_symbol, each.as_of) AS listed_since
            FROM unnest(p_moments) AS each (as_of)
        ) AS moment
            ON
                known.quote_time <= moment.as_of
                AND (moment.listed_since IS NULL OR known.quote_time >= moment.listed_since)
                AND (known.until IS NULL OR known.until > moment.as_of)
        WHERE
            p_moments IS NOT NULL
            AND contract.symbol = p_symbol
            AND contract.expiry = ANY(v_expiries)
            AND life.symbol = p_symbol
            AND life.expiry = ANY(v_expiries)
            AND (contract.delisted_at IS NULL OR contract.delisted_at > moment.as_of)
            AND life.expires_at > moment.as_of
    ),

    opening AS MATERIALIZED (
        SELECT
            moment.as_of, newest.opens_at, newest.until,
            CASE
                WHEN
                    EXISTS (
                        SELECT FROM quote
                        WHERE quote.exchange_time IS NULL
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
    )

    SELECT
        quote.expiry, quote.strike, quote.as_of, quote.quote_time, quote.as_of - quote.quote_time,
        CASE
            WHEN quote.exchange_time IS NOT NULL
                THEN greatest(quote.as_of - quote.exchange_time, interval '0')
        END,
        CASE
            WHEN max(quote.exchange_time) OVER chain IS NOT NULL
                THEN
                    opening.until
                    - greatest(max(quote.exchange_time) OVER chain, opening.opens_at)
                    > interval '5 minutes'
            WHEN
                bool_or(
                    (v_has_volume_growth AND num_nonnulls(quote.call_volume, quote.put_volume) > 0)
                    OR (v_has_oi_growth AND num_nonnulls(quote.call_oi, quote.put_oi) > 0)
                ) OVER chain
                THEN
                    NOT opening.has_moved
                    AND opening.until - opening.opens_at > interval '5 minutes'
        END,
        quote.session,
        first_value(quote.underlying) OVER newest,
        first_value(quote.underlying_source) OVER newest,
        first_value(quote.forward) OVER newest,
        first_value(quote.forward_source) OVER newest,
        ops.years(life.expires_at - quote.as_of),
        /*columns chain_strike of quote from strike_gap*/
    FROM quote
    INNER JOIN fo.expiry AS life
        ON
            life.symbol = p_symbol
            AND life.expiry = ANY(v_expiries)
            AND quote.expiry = life.expiry
    LEFT JOIN opening ON quote.as_of = opening.as_of
    WINDOW
        chain AS (PARTITION BY quote.as_of, quote.expiry),
        newest AS (chain ORDER BY quote.quote_time DESC, quote.strike ASC)
    ORDER BY quote.as_of, quote.expiry, quote.strike;
END;
$$;
