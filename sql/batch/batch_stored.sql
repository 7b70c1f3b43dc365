-- What recalled quotes were stored with.
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
