-- Take in the list of instruments in pg_temp.listed_contract, of a time.
--
-- New symbols and terms are added. Contracts that its symbols no longer have are delisted: those
-- that were not quoted since, and that had not expired by then. Contracts that it has are listed
-- again. skipped counts contracts by what is wrong with them, as JSON.
CREATE FUNCTION ops.load_list(
    p_source text,
    p_at timestamptz,
    OUT symbols bigint,
    OUT new_symbols bigint,
    OUT terms bigint,
    OUT delisted bigint,
    OUT relisted bigint,
    OUT skipped json
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    skipped := ops.skip_listed();
    new_symbols := ops.add_listed_symbols();
    symbols := (SELECT count(DISTINCT listed.symbol) FROM pg_temp.listed_contract AS listed);
    terms := ops.add_listed_terms(p_source, p_at);
    relisted := ops.relist_listed();
    delisted := ops.delist_unlisted(p_at);
END;
$$;
