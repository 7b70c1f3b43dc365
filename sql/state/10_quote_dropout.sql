-- What the feed said of a leg whose volume had fallen.
--
-- One row per leg of a quote (leg is call or put). A drop-out is stored as unknown throughout, and
-- all its figures are here. Of a leg whose volume alone was doubted, only the volume is here: its
-- other figures are in the quote. Later quotes can change the verdict, so nothing may be lost.

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
