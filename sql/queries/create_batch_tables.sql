-- The tables that one connection stores its batches through (see ops.store_batch).
--
-- quote_batch is what the caller copies in. Each quote in it is of one chain, which is one
-- (quote_time, symbol, expiry), and of one contract; what is true of a whole chain or contract
-- is worked out once, in a table of its own, and found by a number that this batch gave it.

-- A batch of 65,536 quotes is sorted and hashed whole in memory.
SET temp_buffers = '64MB';
SET work_mem = '64MB';
SET jit = off;

CREATE TEMPORARY TABLE quote_batch (
    row_no integer NOT NULL,
    quote_time timestamptz NOT NULL,
    exchange_time timestamptz NOT NULL,
    symbol smallint NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    underlying double precision NOT NULL,
    forward double precision NOT NULL,
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
    call_prev_oi bigint NOT NULL,
    put_bid_qty bigint NOT NULL,
    put_ask_qty bigint NOT NULL,
    put_volume bigint NOT NULL,
    put_oi bigint NOT NULL,
    put_prev_oi bigint NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_market (
    symbol_no smallint NOT NULL,
    symbol text NOT NULL,
    clock timestamptz,
    source_kind text NOT NULL,
    is_other boolean NOT NULL,
    exchange text NOT NULL,
    time_zone text NOT NULL,
    is_continuous boolean NOT NULL,
    tick double precision NOT NULL,
    underlying_kind text NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_chain (
    chain integer NOT NULL,
    symbol_no smallint NOT NULL,
    symbol varchar(32),
    quote_time timestamptz NOT NULL,
    expiry date NOT NULL,
    expires_at timestamptz,
    session date,
    opens_at timestamptz,
    closes_at timestamptz,
    earliest_stamp timestamptz,
    is_behind boolean NOT NULL,
    reason varchar(32),
    years double precision
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_contract (
    contract integer NOT NULL,
    symbol_no smallint NOT NULL,
    symbol varchar(32) NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz,
    session date,
    call_volume bigint,
    put_volume bigint,
    call_oi bigint,
    put_oi bigint,
    call_falls integer,
    put_falls integer
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_reject (
    row_no integer NOT NULL,
    reason varchar(32) NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_series (
    row_no integer,
    old_row_no integer,
    chain integer,
    contract integer NOT NULL,
    session date NOT NULL,
    in_run boolean NOT NULL,
    run_after timestamptz,
    quote_time timestamptz NOT NULL,
    in_session boolean NOT NULL,
    arrival varchar(32) NOT NULL,
    is_late boolean NOT NULL,
    was_in_session boolean NOT NULL,
    was_call_dropout boolean NOT NULL,
    was_put_dropout boolean NOT NULL,
    was_call_doubted boolean NOT NULL,
    was_put_doubted boolean NOT NULL,
    call_volume bigint,
    put_volume bigint,
    call_oi bigint,
    put_oi bigint,
    seed_call_volume bigint,
    seed_put_volume bigint,
    seed_call_oi bigint,
    seed_put_oi bigint,
    seed_call_falls integer,
    seed_put_falls integer
) ON COMMIT DELETE ROWS;

-- The runs of a leg in which a volume falls. most is how many fall one after the other, those
-- before the run included; highest is the greatest of those in it. votes is how many stored
-- quotes at least are believed and above that.
CREATE TEMPORARY TABLE batch_fall (
    contract integer NOT NULL,
    session date NOT NULL,
    run_after timestamptz,
    leg varchar(4) NOT NULL,
    most integer NOT NULL,
    highest bigint NOT NULL,
    votes integer NOT NULL DEFAULT 0
) ON COMMIT DELETE ROWS;

-- What ops.judge_volumes finds of those runs, quote by quote.
CREATE TEMPORARY TABLE batch_verdict (
    contract integer NOT NULL,
    session date NOT NULL,
    run_after timestamptz,
    quote_time timestamptz NOT NULL,
    leg varchar(4) NOT NULL,
    held bigint,
    dropout boolean NOT NULL,
    doubted boolean NOT NULL,
    falls integer NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_neighbour (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    before_time timestamptz,
    after_time timestamptz
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_neighbour_quote (
    contract integer NOT NULL,
    quote_time timestamptz NOT NULL,
    session date NOT NULL,
    call_volume bigint,
    put_volume bigint,
    call_oi bigint,
    put_oi bigint
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_session (
    contract integer NOT NULL,
    session date NOT NULL,
    is_whole boolean NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_moment (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    is_recalled boolean NOT NULL,
    is_carried boolean NOT NULL DEFAULT FALSE
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_stored (
    row_no integer NOT NULL,
    in_session boolean NOT NULL,
    call_dropout boolean NOT NULL,
    put_dropout boolean NOT NULL,
    call_doubted boolean NOT NULL,
    put_doubted boolean NOT NULL,
    call_volume bigint,
    put_volume bigint,
    call_volume_growth bigint,
    put_volume_growth bigint,
    call_oi_growth bigint,
    put_oi_growth bigint
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_quote (
    row_no integer,
    chain integer,
    contract integer,
    session date,
    in_run boolean NOT NULL,
    quote_time timestamptz NOT NULL,
    in_session boolean NOT NULL,
    arrival varchar(32) NOT NULL,
    is_last boolean NOT NULL,
    live_time timestamptz,
    was_in_session boolean NOT NULL,
    was_call_dropout boolean NOT NULL,
    was_put_dropout boolean NOT NULL,
    was_call_doubted boolean NOT NULL,
    was_put_doubted boolean NOT NULL,
    call_dropout boolean NOT NULL,
    put_dropout boolean NOT NULL,
    call_doubted boolean NOT NULL,
    put_doubted boolean NOT NULL,
    call_said bigint,
    put_said bigint,
    call_volume bigint,
    put_volume bigint,
    call_volume_growth bigint,
    put_volume_growth bigint,
    call_oi_growth bigint,
    put_oi_growth bigint,
    call_volume_reached bigint,
    put_volume_reached bigint,
    call_oi_known bigint,
    put_oi_known bigint,
    call_falls integer,
    put_falls integer
) ON COMMIT DELETE ROWS;

-- The legs of which fo.quote_dropout changes; said is the volume that the feed sent.
CREATE TEMPORARY TABLE batch_kept_leg (
    contract integer NOT NULL,
    quote_time timestamptz NOT NULL,
    leg varchar(4) NOT NULL,
    row_no integer,
    said bigint,
    dropout boolean NOT NULL,
    doubted boolean NOT NULL,
    was_dropout boolean NOT NULL,
    was_doubted boolean NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_ladder (
    chain integer NOT NULL,
    strikes double precision [] NOT NULL, -- noqa: LT01
    in_session boolean NOT NULL,
    has_book boolean NOT NULL,
    fed_underlying double precision,
    fed_forward double precision,
    stamp timestamptz NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_forward (
    chain integer NOT NULL,
    forward double precision NOT NULL,
    source varchar(32) NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_spot (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    session date NOT NULL,
    in_session boolean NOT NULL,
    is_complete boolean NOT NULL,
    implied_spot double precision,
    fed_underlying double precision,
    fed_by_expiry jsonb
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_fed (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    session date NOT NULL,
    expiry date,
    implied_spot double precision,
    fed_underlying double precision NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_carried (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    expiry date,
    underlying double precision NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE batch_value (
    chain integer NOT NULL,
    forward double precision,
    forward_source varchar(32),
    underlying double precision,
    underlying_source varchar(32),
    at_strike double precision,
    strike_gap double precision
) ON COMMIT DELETE ROWS;

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

CREATE TEMPORARY TABLE batch_written (
    symbol varchar(32) NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz NOT NULL,
    in_session boolean NOT NULL,
    is_regrown boolean NOT NULL DEFAULT FALSE
) ON COMMIT DELETE ROWS;
