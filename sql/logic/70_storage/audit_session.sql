-- Compare the bars of a sealed session with their checksums, and note what is wrong.
CREATE FUNCTION ops.audit_session(p_symbol text, p_session date) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_problem text := (
        SELECT string_agg(risk.rollup || ': ' || risk.problem, ', ' ORDER BY risk.rollup)
        FROM ops.bars_at_risk AS risk
        WHERE
            risk.symbol = p_symbol
            AND risk.session = p_session
            AND risk.rollup IS NOT NULL
    );
BEGIN
    UPDATE job.sealed_session AS sealed
    SET checked_at = clock_timestamp(), problem = v_problem
    WHERE sealed.symbol = p_symbol AND sealed.session = p_session AND NOT sealed.is_open;
    RETURN v_problem;
END;
$$;
