-- How many rows of pg_temp.quote_batch say the same as another row of it, figure for figure.
CREATE FUNCTION ops.count_repeats() RETURNS bigint
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    v_repeats bigint;
BEGIN
    SELECT count(*) INTO v_repeats
    FROM (
        SELECT
            row_number() OVER (
                PARTITION BY (to_jsonb(batch) - 'row_no')::text ORDER BY batch.row_no
            ) AS place
        FROM pg_temp.quote_batch AS batch
        WHERE
            batch.row_no NOT IN (SELECT reject.row_no FROM pg_temp.batch_reject AS reject)
            AND (batch.symbol, batch.expiry, batch.strike, batch.quote_time) IN (
                SELECT repeated.symbol, repeated.expiry, repeated.strike, repeated.quote_time
                FROM pg_temp.quote_batch AS repeated
                GROUP BY repeated.symbol, repeated.expiry, repeated.strike, repeated.quote_time
                HAVING count(*) > 1
            )
    ) AS row
    WHERE row.place > 1;
    RETURN v_repeats;
END;
$$;
