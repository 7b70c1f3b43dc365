-- The strikes of each chain in order, and what the feed brought of the chain as a whole.
CREATE TEMPORARY TABLE batch_ladder (
    chain integer NOT NULL,
    strikes double precision [] NOT NULL, -- noqa: LT01
    in_session boolean NOT NULL,
    has_book boolean NOT NULL,
    fed_underlying double precision,
    fed_forward double precision,
    stamp timestamptz NOT NULL
) ON COMMIT DELETE ROWS;
