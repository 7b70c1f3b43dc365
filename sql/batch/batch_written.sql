-- What a batch wrote to fo.option_quote. is_regrown: only growths changed.
CREATE TEMPORARY TABLE batch_written (
    symbol varchar(32) NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz NOT NULL,
    in_session boolean NOT NULL,
    is_regrown boolean NOT NULL DEFAULT FALSE
) ON COMMIT DELETE ROWS;
