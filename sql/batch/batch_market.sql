-- The symbols of a batch, and where they stand (see ops.lock_market).
CREATE TEMPORARY TABLE batch_market (
    symbol_no smallint NOT NULL,
    symbol text NOT NULL,
    clock timestamptz,
    source_kind text NOT NULL,
    other text,
    exchange text NOT NULL,
    time_zone text NOT NULL,
    is_continuous boolean NOT NULL,
    tick double precision NOT NULL,
    underlying_kind text NOT NULL,
    volume_kind text NOT NULL,
    oi_kind text NOT NULL
) ON COMMIT DELETE ROWS;
