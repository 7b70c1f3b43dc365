-- Stored quotes of which only volumes or growths change.
CREATE TEMPORARY TABLE batch_regrowth (
    symbol varchar(32) NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz NOT NULL,
    call_volume bigint,
    put_volume bigint,
    call_doubted boolean NOT NULL,
    put_doubted boolean NOT NULL,
    is_volume_same boolean NOT NULL,
    call_volume_growth bigint,
    put_volume_growth bigint,
    call_oi_growth bigint,
    put_oi_growth bigint
) ON COMMIT DELETE ROWS;
