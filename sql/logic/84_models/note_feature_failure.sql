-- Keep why a minute of a symbol could not be logged. The same again changes nothing.
CREATE FUNCTION ops.note_feature_failure(
    p_symbol text, p_at timestamptz, p_error text
) RETURNS void
LANGUAGE sql VOLATILE AS $$
INSERT INTO job.feature_failure AS known (symbol, at, error)
VALUES (p_symbol, p_at, left(p_error, 500))
ON CONFLICT (symbol) DO UPDATE
    SET at = excluded.at, since = clock_timestamp(), error = excluded.error
    WHERE (known.at, known.error) IS DISTINCT FROM (excluded.at, excluded.error);
$$;
