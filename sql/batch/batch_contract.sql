-- The contracts of a batch, and what their session had reached before it.
CREATE TEMPORARY TABLE batch_contract (
    contract integer NOT NULL,
    symbol_no smallint NOT NULL,
    symbol varchar(32) NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    has_volume_growth boolean NOT NULL,
    has_oi_growth boolean NOT NULL,
    quote_time timestamptz,
    session date,
    call_volume bigint,
    put_volume bigint,
    call_oi bigint,
    put_oi bigint,
    call_falls integer,
    put_falls integer
) ON COMMIT DELETE ROWS;
