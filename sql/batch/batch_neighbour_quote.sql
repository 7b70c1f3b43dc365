-- What those snapshots have of the batch's contracts.
CREATE TEMPORARY TABLE batch_neighbour_quote (
    contract integer NOT NULL,
    quote_time timestamptz NOT NULL,
    session date NOT NULL,
    call_volume bigint,
    put_volume bigint,
    call_oi bigint,
    put_oi bigint
) ON COMMIT DELETE ROWS;
