-- Note that changes of some symbols are committed now.
--
-- Part of the transaction that has locked these symbols; NULLs and repeated symbols do no harm.
CREATE FUNCTION ops.note_commits(p_symbols text[]) RETURNS void
LANGUAGE sql VOLATILE AS $$
INSERT INTO fo.market_commit AS known (symbol, committed_at, recent)
SELECT DISTINCT changed.symbol, moment.now, ARRAY[moment.now]
FROM unnest(p_symbols) AS changed (symbol)
CROSS JOIN (SELECT clock_timestamp() AS now) AS moment
WHERE changed.symbol IS NOT NULL
ON CONFLICT (symbol) DO UPDATE
    SET
        committed_at = excluded.committed_at,
        recent = known.recent[greatest(cardinality(known.recent) - 15, 1):] || excluded.recent;
$$;
