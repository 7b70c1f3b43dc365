-- The terms of the contracts of one expiry, from a time on: units per lot, tick, currency.
--
-- From an instrument list, or from `--lot SYMBOL:EXPIRY=N` (source option). They go before
-- fo.lot_revision. What always held is since 2000: drivers cannot read -infinity. volume and oi
-- are whole multiples of unit, 1 but for coins. Strikes of one expiry have the same terms.

CREATE TABLE fo.contract_terms (
    symbol text NOT NULL,
    expiry date NOT NULL,
    since timestamptz NOT NULL DEFAULT '2000-01-01T00:00Z',
    lot integer NOT NULL,
    unit double precision NOT NULL DEFAULT 1,
    tick double precision,
    currency text,
    source text NOT NULL,
    CONSTRAINT contract_terms_pkey PRIMARY KEY (symbol, expiry, since),
    CONSTRAINT contract_terms_lot_check CHECK (lot > 0),
    CONSTRAINT contract_terms_unit_check CHECK (unit > 0),
    CONSTRAINT contract_terms_tick_check CHECK (tick > 0)
);

INSERT INTO fo.contract_terms (symbol, expiry, lot, source)
VALUES
('NIFTY', '2025-01-30', 25, 'NSE circular of 2024-10-18, monthly contracts listed before'),
('BANKNIFTY', '2025-01-29', 15, 'NSE circular of 2024-10-18, monthly contracts listed before'),
('BANKNIFTY', '2025-01-30', 15, 'NSE circular of 2024-10-18, monthly contracts listed before');
