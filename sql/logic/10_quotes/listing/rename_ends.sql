-- Give everything else of a symbol its new name, and keep the old one as an alias.
--
-- Terms, lots, whole chains, waiting quotes, earlier aliases, and what keys may read. Events stay
-- as they were sent.
CREATE FUNCTION ops.rename_ends(p_old text, p_new text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE fo.underlying_quote AS new
    SET is_whole = TRUE
    FROM fo.underlying_quote AS old
    WHERE
        old.symbol = p_old
        AND old.is_whole
        AND new.symbol = p_new
        AND new.quote_time = old.quote_time;
    DELETE FROM fo.underlying_quote AS old
    WHERE old.symbol = p_old;
    INSERT INTO fo.contract_terms (
        symbol, expiry, since, lot, unit, tick, currency, source
    )
    SELECT p_new, old.expiry, old.since, old.lot, old.unit, old.tick, old.currency, old.source
    FROM fo.contract_terms AS old
    WHERE old.symbol = p_old
    ON CONFLICT (symbol, expiry, since) DO NOTHING;
    DELETE FROM fo.contract_terms AS old
    WHERE old.symbol = p_old;
    INSERT INTO fo.lot_revision (symbol, first_expiry, since, lot, source)
    SELECT p_new, old.first_expiry, old.since, old.lot, old.source
    FROM fo.lot_revision AS old
    WHERE old.symbol = p_old
    ON CONFLICT (symbol, first_expiry, since) DO NOTHING;
    DELETE FROM fo.lot_revision AS old
    WHERE old.symbol = p_old;
    UPDATE fo.waiting_quote AS waiting
    SET
        symbol = p_new,
        quote = jsonb_set(waiting.quote::jsonb, '{symbol}', to_jsonb(p_new))::json
    WHERE waiting.symbol = p_old;
    UPDATE job.api_key AS key
    SET
        symbols = array_replace(key.symbols, p_old, p_new),
        ingest_symbols = array_replace(key.ingest_symbols, p_old, p_new)
    WHERE p_old = ANY(key.symbols || key.ingest_symbols);
    UPDATE fo.instrument AS instrument
    SET listed_since = old.listed_since
    FROM fo.instrument AS old
    WHERE
        instrument.symbol = p_new
        AND old.symbol = p_old
        AND instrument.listed_since IS NULL;
    INSERT INTO job.stale_session (symbol, session)
    SELECT p_new, old.session
    FROM job.stale_session AS old
    WHERE old.symbol = p_old
    ON CONFLICT DO NOTHING;
    DELETE FROM job.stale_session AS old
    WHERE old.symbol = p_old;
    DELETE FROM job.calendar_doubt AS old
    WHERE old.symbol = p_old;
    DELETE FROM fo.market_commit AS old
    WHERE old.symbol = p_old;
    UPDATE fo.symbol_alias AS earlier
    SET symbol = p_new
    WHERE earlier.symbol = p_old;
    DELETE FROM fo.instrument AS instrument
    WHERE instrument.symbol = p_old;
    INSERT INTO fo.symbol_alias (alias, symbol)
    VALUES (p_old, p_new);
END;
$$;
