-- The IV and Greeks that the caller computes from the legs' prices (jobs/pricing/pricing.py), one
-- row for each row of quote_batch that batch_chains.sql and copy_changed_rows.sql give it. Unknown
-- is NaN.
CREATE TEMPORARY TABLE batch_price (
    row_no integer NOT NULL,
    call_iv double precision NOT NULL,
    call_delta double precision NOT NULL,
    call_gamma double precision NOT NULL,
    call_theta double precision NOT NULL,
    call_vega double precision NOT NULL,
    call_iv_status smallint NOT NULL,
    call_fed smallint NOT NULL,
    put_iv double precision NOT NULL,
    put_delta double precision NOT NULL,
    put_gamma double precision NOT NULL,
    put_theta double precision NOT NULL,
    put_vega double precision NOT NULL,
    put_iv_status smallint NOT NULL,
    put_fed smallint NOT NULL
) ON COMMIT DELETE ROWS;
