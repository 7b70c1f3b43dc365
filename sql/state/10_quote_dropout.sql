-- The figures of a leg that was stored as unknown because its volume had fallen.
--
-- One row per leg of a quote (leg is call or put). A late quote or a correction can make a
-- drop-out of a leg, or a leg of a drop-out, so nothing may be lost of it.

CREATE TABLE fo.quote_dropout (
    symbol text NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz NOT NULL,
    leg text NOT NULL,
    ltp double precision,
    bid double precision,
    ask double precision,
    bid_qty bigint,
    ask_qty bigint,
    volume bigint NOT NULL,
    oi bigint,
    prev_oi bigint,
    iv double precision,
    delta double precision,
    gamma double precision,
    theta double precision,
    vega double precision,
    CONSTRAINT quote_dropout_leg_check CHECK (leg IN ('call', 'put')),
    CONSTRAINT quote_dropout_pkey PRIMARY KEY (symbol, expiry, strike, quote_time, leg)
);
