-- Keep the rejected rows of a batch; one that is known already is counted again.
--
-- The arrays are parallel. The same row of the same kind of source, rejected for the same reason,
-- is the same reject, wherever it came from. In the order of their fingerprints, so that two
-- writers never wait for each other.
CREATE FUNCTION ops.add_rejects(
    p_source text,
    p_source_kind text,
    p_reasons text[],
    p_details text[],
    p_symbols text[],
    p_rows text[]
) RETURNS void
LANGUAGE sql VOLATILE AS $$
INSERT INTO fo.quote_reject AS known (
    times, source, source_kind, reason, detail, symbol, row, fingerprint
)
SELECT
    count(*), p_source, p_source_kind,
    reject.reason, min(reject.detail), min(reject.symbol), min(reject.row), reject.fingerprint
FROM (
    SELECT
        came.reason, came.detail, came.symbol, left(came.row, 2000) AS row,
        sha256(convert_to(concat_ws(E'\n', p_source_kind, came.reason, came.row), 'UTF8'))
            AS fingerprint
    FROM unnest(p_reasons, p_details, p_symbols, p_rows) AS came (reason, detail, symbol, row)
) AS reject
GROUP BY reject.reason, reject.fingerprint
ORDER BY reject.fingerprint
ON CONFLICT (fingerprint) DO UPDATE
    SET times = known.times + excluded.times, last_rejected_at = excluded.last_rejected_at;
$$;
