-- Refuse a batch of which a quote was not priced: it would be left out.
CREATE FUNCTION ops.require_prices() RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_missing bigint;
BEGIN
    SELECT count(*) INTO v_missing
    FROM pg_temp.batch_quote AS quote
    LEFT JOIN pg_temp.batch_price AS price ON quote.row_no = price.row_no
    WHERE quote.row_no IS NOT NULL AND price.row_no IS NULL;
    IF v_missing > 0 THEN
        RAISE EXCEPTION '% quotes have no row in pg_temp.batch_price', v_missing
            USING HINT = 'Copy one for each row of pg_temp.quote_batch before ops.store_batch().';
    END IF;
END;
$$;
