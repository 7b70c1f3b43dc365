-- The contracts' sessions that are derived whole.
CREATE TEMPORARY TABLE batch_session (
    contract integer NOT NULL,
    session date NOT NULL,
    is_whole boolean NOT NULL
) ON COMMIT DELETE ROWS;
