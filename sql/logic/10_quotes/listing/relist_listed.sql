-- List again the delisted contracts that pg_temp.listed_contract has. Returns how many.
--
-- Readers of live chains get their newest quotes, by way of the tables of a batch.
CREATE FUNCTION ops.relist_listed() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_listed bigint;
BEGIN
    WITH back AS (
        UPDATE fo.contract AS contract
        SET delisted_at = NULL
        FROM pg_temp.listed_contract AS listed
        WHERE
            contract.symbol = listed.symbol
            AND contract.expiry = listed.expiry
            AND contract.strike = listed.strike
            AND contract.delisted_at IS NOT NULL
        RETURNING contract.symbol, contract.expiry, contract.strike, contract.live_time
    ),

    written AS (
        INSERT INTO pg_temp.batch_written (symbol, expiry, strike, quote_time, in_session)
        SELECT back.symbol, back.expiry, back.strike, back.live_time, TRUE
        FROM back
        WHERE back.live_time IS NOT NULL
    )

    SELECT count(*) INTO v_listed
    FROM back;
    IF v_listed > 0 THEN
        PERFORM ops.announce_batch();
    END IF;
    RETURN v_listed;
END;
$$;
