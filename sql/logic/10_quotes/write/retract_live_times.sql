-- Set fo.contract back where a correction takes a contract's newest quote out of its session.
--
-- live_time becomes that of the newest quote that is left, and what the session had reached is
-- unknown where that quote is of an earlier one; else ops.advance_contracts sets it, which is to be
-- called next. The older quote is listed in pg_temp.batch_written to be announced: it changes no
-- bucket. A contract without any other quote of a session leaves the live chains.
CREATE FUNCTION ops.retract_live_times() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_gone record;
BEGIN
    IF NOT EXISTS (
            SELECT FROM pg_temp.batch_quote AS quote
            WHERE quote.was_in_session AND NOT quote.in_session
        ) THEN
        RETURN;
    END IF;
    FOR v_gone IN
        WITH moved AS (
            SELECT
                contract.symbol, contract.expiry, contract.strike, before.quote_time,
                coalesce(before.session = contract.session, FALSE) AS has_begun
            FROM pg_temp.batch_quote AS quote
            INNER JOIN pg_temp.batch_contract AS listed ON quote.contract = listed.contract
            INNER JOIN fo.contract AS contract
                ON
                    listed.symbol = contract.symbol
                    AND listed.expiry = contract.expiry
                    AND listed.strike = contract.strike
                    AND quote.quote_time = contract.live_time
            LEFT JOIN LATERAL (
                SELECT stored.quote_time, stored.session
                FROM fo.option_quote AS stored
                WHERE
                    stored.symbol = contract.symbol
                    AND stored.expiry = contract.expiry
                    AND stored.strike = contract.strike
                    AND stored.quote_time < contract.live_time
                    AND stored.in_session
                ORDER BY stored.quote_time DESC
                LIMIT 1
            ) AS before ON TRUE
            WHERE quote.was_in_session AND NOT quote.in_session
        ),

        retracted AS (
            UPDATE fo.contract AS contract
            SET
                live_time = moved.quote_time,
                call_volume = CASE WHEN moved.has_begun THEN contract.call_volume END,
                put_volume = CASE WHEN moved.has_begun THEN contract.put_volume END,
                call_oi = CASE WHEN moved.has_begun THEN contract.call_oi END,
                put_oi = CASE WHEN moved.has_begun THEN contract.put_oi END,
                call_falls = CASE WHEN moved.has_begun THEN contract.call_falls ELSE 0 END,
                put_falls = CASE WHEN moved.has_begun THEN contract.put_falls ELSE 0 END
            FROM moved
            WHERE
                contract.symbol = moved.symbol
                AND contract.expiry = moved.expiry
                AND contract.strike = moved.strike
            RETURNING contract.symbol, contract.expiry, contract.strike, contract.live_time
        ),

        announced AS (
            INSERT INTO pg_temp.batch_written (
                symbol, expiry, strike, quote_time, in_session, is_regrown
            )
            SELECT
                retracted.symbol, retracted.expiry, retracted.strike, retracted.live_time,
                FALSE, TRUE
            FROM retracted
            WHERE retracted.live_time IS NOT NULL
        )

        SELECT
            retracted.symbol,
            array_agg(retracted.expiry) AS expiries,
            array_agg(retracted.strike) AS strikes
        FROM retracted
        WHERE retracted.live_time IS NULL
        GROUP BY retracted.symbol
    LOOP
        PERFORM ops.announce_delisted(v_gone.symbol, v_gone.expiries, v_gone.strikes);
    END LOOP;
END;
$$;
