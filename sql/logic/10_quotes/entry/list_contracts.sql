-- List the contracts of pg_temp.quote_batch in pg_temp.batch_contract, and where they stand.
CREATE FUNCTION ops.list_contracts() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_contract (
        contract, symbol_no, symbol, expiry, strike, has_volume_growth, has_oi_growth,
        quote_time, session, call_volume, put_volume, call_oi, put_oi, call_falls, put_falls
    )
    SELECT
        row_number() OVER (ORDER BY came.symbol, came.expiry, came.strike),
        came.symbol, market.symbol, came.expiry, came.strike,
        market.volume_kind = 'session', market.oi_kind = 'now',
        contract.quote_time, contract.session,
        contract.call_volume, contract.put_volume, contract.call_oi, contract.put_oi,
        contract.call_falls, contract.put_falls
    FROM (
        SELECT DISTINCT batch.symbol, batch.expiry, batch.strike
        FROM pg_temp.quote_batch AS batch
    ) AS came
    INNER JOIN pg_temp.batch_market AS market ON came.symbol = market.symbol_no
    LEFT JOIN LATERAL (
        SELECT
            stored.quote_time, stored.session,
            stored.call_volume, stored.put_volume, stored.call_oi, stored.put_oi,
            stored.call_falls, stored.put_falls
        FROM fo.contract AS stored
        WHERE
            stored.symbol = market.symbol
            AND stored.expiry = came.expiry
            AND stored.strike = came.strike
        -- keeps the planner to the primary key: old contracts are many
        OFFSET 0
    ) AS contract ON TRUE;
END;
$$;
