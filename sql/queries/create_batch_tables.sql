-- The tables that one connection stores its batches through (see ops.store_batch).

-- A batch of 20,000 quotes is sorted and hashed whole in memory.
SET temp_buffers = '128MB';
SET work_mem = '64MB';

CREATE TEMPORARY TABLE quote_batch (
    row_no integer NOT NULL,
    quote_time timestamptz NOT NULL,
    exchange_time timestamptz NOT NULL,
    symbol smallint NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    underlying double precision NOT NULL,
    call_ltp double precision NOT NULL,
    call_bid double precision NOT NULL,
    call_ask double precision NOT NULL,
    call_iv double precision NOT NULL,
    call_delta double precision NOT NULL,
    call_gamma double precision NOT NULL,
    call_theta double precision NOT NULL,
    call_vega double precision NOT NULL,
    put_ltp double precision NOT NULL,
    put_bid double precision NOT NULL,
    put_ask double precision NOT NULL,
    put_iv double precision NOT NULL,
    put_delta double precision NOT NULL,
    put_gamma double precision NOT NULL,
    put_theta double precision NOT NULL,
    put_vega double precision NOT NULL,
    call_bid_qty bigint NOT NULL,
    call_ask_qty bigint NOT NULL,
    call_volume bigint NOT NULL,
    call_oi bigint NOT NULL,
    put_bid_qty bigint NOT NULL,
    put_ask_qty bigint NOT NULL,
    put_volume bigint NOT NULL,
    put_oi bigint NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_market (
    symbol text NOT NULL,
    clock timestamptz
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_reject (
    row_no integer NOT NULL,
    reason text NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_quote (
    LIKE fo.option_quote,
    arrival text NOT NULL,
    dies_at timestamptz NOT NULL,
    seen boolean NOT NULL,
    late boolean NOT NULL,
    seed_call_volume bigint,
    seed_put_volume bigint,
    seed_call_oi bigint,
    seed_put_oi bigint
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_growth (
    symbol text NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz NOT NULL,
    session date NOT NULL,
    is_stored boolean NOT NULL,
    call_dropout boolean NOT NULL,
    put_dropout boolean NOT NULL,
    call_volume_growth bigint,
    put_volume_growth bigint,
    call_oi_growth bigint,
    put_oi_growth bigint,
    call_volume_reached bigint,
    put_volume_reached bigint,
    call_oi_known bigint,
    put_oi_known bigint
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_chain (
    quote_time timestamptz NOT NULL,
    symbol text NOT NULL,
    expiry date NOT NULL,
    implied double precision,
    implied_source text,
    at_strike double precision,
    strike_gap double precision
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_final (
    LIKE fo.option_quote,
    arrival text NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_written (
    symbol text NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz NOT NULL,
    in_session boolean NOT NULL
) ON COMMIT DELETE ROWS;
