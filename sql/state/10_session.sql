-- When an exchange is open: one row for each opening, or one of kind closed for a day without.
--
-- session is the exchange's trading date; volume and the daily bar are per date, and several
-- openings may share it. The jobs fill in a year before the first quote of it is stored. source is
-- where it is known from: 'user' for a correction, 'upstox' for that broker's calendar. Rows of a
-- lower rank go (ops.session_rank). Of a day without a row nothing is known, or it is a weekend.

CREATE TABLE fo.session (
    exchange text NOT NULL,
    session date NOT NULL,
    opens_at timestamptz,
    closes_at timestamptz,
    kind text NOT NULL DEFAULT 'special',
    source text NOT NULL DEFAULT 'user',
    CONSTRAINT session_key UNIQUE NULLS NOT DISTINCT (exchange, session, opens_at),
    CONSTRAINT session_kind_check CHECK (kind IN ('regular', 'special', 'closed')),
    CONSTRAINT session_hours_check
    CHECK (
        CASE
            WHEN kind = 'closed' THEN opens_at IS NULL AND closes_at IS NULL
            ELSE opens_at IS NOT NULL AND closes_at IS NOT NULL AND opens_at < closes_at
        END
    ),
    CONSTRAINT session_exchange_fkey FOREIGN KEY (exchange)
    REFERENCES fo.exchange (exchange) ON DELETE CASCADE
);

CREATE INDEX session_exchange_opens_at_idx ON fo.session (exchange, opens_at);
-- An edge finds a row by all its columns: one of the key may be NULL.
ALTER TABLE fo.session REPLICA IDENTITY FULL;
