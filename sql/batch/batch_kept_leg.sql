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
