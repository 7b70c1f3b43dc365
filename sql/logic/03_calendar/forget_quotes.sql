-- Delete a symbol's quotes between two instants, and undo what they changed.
--
-- For a caller that stores them again, or keeps them for later, in the same transaction. Contracts
-- get the state that the earlier quotes gave them; the market clock stays. What was computed from
-- the quotes is marked as stale, also later minutes of fo.expiry_metrics that they still count in.
CREATE FUNCTION ops.forget_quotes(
    p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    PERFORM ops.check_not_sealed(p_symbol, p_from, p_to);
    /*timescaledb PERFORM ops.open_chunks(p_symbol, p_from, p_to); */
    PERFORM ops.mark_forgotten(p_symbol, p_from, p_to);
    DELETE FROM fo.option_quote AS quote
    WHERE quote.symbol = p_symbol AND quote.quote_time >= p_from AND quote.quote_time < p_to;
    DELETE FROM fo.quote_dropout AS kept
    WHERE kept.symbol = p_symbol AND kept.quote_time >= p_from AND kept.quote_time < p_to;
    DELETE FROM fo.underlying_quote AS moment
    WHERE moment.symbol = p_symbol AND moment.quote_time >= p_from AND moment.quote_time < p_to;
    UPDATE fo.contract AS contract
    SET
        live_time = (
            SELECT quote.quote_time
            FROM fo.option_quote AS quote
            WHERE
                quote.symbol = contract.symbol
                AND quote.expiry = contract.expiry
                AND quote.strike = contract.strike
                AND quote.quote_time < p_from
                AND quote.in_session
            ORDER BY quote.quote_time DESC
            LIMIT 1
        )
    WHERE
        contract.symbol = p_symbol
        AND contract.live_time >= p_from
        AND contract.live_time < p_to;
    UPDATE fo.contract AS contract
    SET
        quote_time = stands.quote_time,
        session = stands.session,
        call_volume = stands.call_volume,
        put_volume = stands.put_volume,
        call_oi = stands.call_oi,
        put_oi = stands.put_oi,
        call_falls = coalesce(stands.call_falls, 0),
        put_falls = coalesce(stands.put_falls, 0)
    FROM fo.contract AS own
    CROSS JOIN LATERAL ops.contract_stands(own.symbol, own.expiry, own.strike, p_from) AS stands
    WHERE
        own.symbol = p_symbol
        AND own.quote_time >= p_from
        AND own.quote_time < p_to
        AND contract.symbol = own.symbol
        AND contract.expiry = own.expiry
        AND contract.strike = own.strike;
    -- A contract without an earlier quote is deleted.
    DELETE FROM fo.contract AS contract
    WHERE
        contract.symbol = p_symbol
        AND contract.quote_time >= p_from
        AND contract.quote_time < p_to;
    PERFORM ops.tell_change('data');
END;
$$;
