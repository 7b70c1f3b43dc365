-- The quotes of a symbol's chains, now or at instants, each with its own underlying and forward.
--
-- One row per (as_of, expiry, strike), in no order, without is_stale and years: ops.chains adds
-- these. p_moments NULL: the live rows of fo.latest_snapshot, as of the market clock; else, for
-- each moment, the last quote of a session that each contract live and listed then had. p_expiries
-- NULL means all that are live, or were at the first moment.
CREATE FUNCTION ops.chain_quotes(
    p_symbol text, p_expiries date[], p_moments timestamptz[]
) RETURNS SETOF analytics.chain_strike
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_clock timestamptz := (
        SELECT instrument.clock FROM fo.instrument AS instrument WHERE instrument.symbol = p_symbol
    );
BEGIN
    IF p_moments IS NULL THEN
        RETURN QUERY
        SELECT
            latest.expiry, latest.strike, v_clock, latest.quote_time, v_clock - latest.quote_time,
            CASE
                WHEN latest.exchange_time IS NOT NULL
                    THEN greatest(v_clock - latest.exchange_time, interval '0')
            END,
            NULL::boolean,
            latest.session,
            latest.underlying, latest.underlying_source, latest.forward, latest.forward_source,
            NULL::double precision,
            /*columns chain_strike of latest from strike_gap*/
        FROM fo.latest_snapshot AS latest
        WHERE
            latest.timeframe = 'live'
            AND latest.symbol = p_symbol
            AND latest.expiry = ANY(coalesce(p_expiries, ops.known_expiries(p_symbol)));
        RETURN;
    END IF;
    RETURN QUERY
    SELECT
        known.expiry, known.strike, moment.as_of, known.quote_time,
        moment.as_of - known.quote_time,
        CASE
            WHEN known.exchange_time IS NOT NULL
                THEN greatest(moment.as_of - known.exchange_time, interval '0')
        END,
        NULL::boolean,
        known.session,
        known.underlying, known.underlying_source, known.forward, known.forward_source,
        NULL::double precision,
        /*columns chain_strike of known from strike_gap*/
    FROM
        ops.quotes_at(
            p_symbol,
            coalesce(
                p_expiries,
                ops.expiries_from(
                    p_symbol,
                    (p_moments[1] AT TIME ZONE (ops.known_exchange(p_symbol)).time_zone)::date
                )
            ),
            p_moments
        ) AS moment
    CROSS JOIN LATERAL (SELECT (moment.quote).*) AS known;
END;
$$;
