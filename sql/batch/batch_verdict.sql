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
