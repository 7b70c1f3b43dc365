-- Delete the quotes of a symbol's expiry (NULL: of all) within a time, end not included.
--
-- What is derived from them is the caller's: see ops.forget_expiry and jobs/ingest/redate.py.
CREATE FUNCTION ops.forget_contracts(
    p_symbol text, p_expiry date, p_from timestamptz, p_to timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    PERFORM ops.check_not_sealed(p_symbol, p_from, p_to);
    /*timescaledb PERFORM ops.open_chunks(p_symbol, p_from, p_to); */
    DELETE FROM fo.option_quote AS quote
    WHERE
        quote.symbol = p_symbol
        AND (p_expiry IS NULL OR quote.expiry = p_expiry)
        AND quote.quote_time >= p_from
        AND quote.quote_time < p_to;
    DELETE FROM fo.quote_dropout AS kept
    WHERE
        kept.symbol = p_symbol
        AND (p_expiry IS NULL OR kept.expiry = p_expiry)
        AND kept.quote_time >= p_from
        AND kept.quote_time < p_to;
    PERFORM ops.tell_change('data');
END;
$$;
