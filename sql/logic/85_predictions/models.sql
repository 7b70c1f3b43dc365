-- The models of the symbols that the caller may read, of one symbol or all, and how each stands.
--
-- A model for any symbol is there for everybody who may read predictions. predictions counts those
-- of these symbols; newest_at, value and reason are of the newest one.
CREATE FUNCTION ops.models(
    p_symbol text DEFAULT NULL,
    OUT name text, OUT version integer, OUT symbol text, OUT form text, OUT state text,
    OUT label text, OUT threshold double precision, OUT horizon_seconds double precision,
    OUT features text[], OUT sha256 text, OUT trained_from timestamptz,
    OUT trained_to timestamptz, OUT added_at timestamptz, OUT activated_at timestamptz,
    OUT retired_at timestamptz, OUT validation jsonb, OUT predictions bigint,
    OUT newest_at timestamptz, OUT value double precision, OUT reason text, OUT warning text
) RETURNS SETOF record
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    v_symbols text[] := ops.symbols_asked(p_symbol);
BEGIN
    PERFORM ops.check_readable_topic('prediction');
    IF p_symbol IS NOT NULL THEN
        PERFORM ops.check_known('symbol', p_symbol, ops.readable_symbols());
    END IF;
    RETURN QUERY
    SELECT
        model.name, model.version, model.symbol, model.form, model.state, model.label,
        model.threshold, extract(EPOCH FROM model.horizon)::double precision, model.features,
        model.sha256, model.trained_from, model.trained_to, model.added_at,
        model.activated_at, model.retired_at, model.validation, made.count,
        newest.at, newest.value, newest.reason, ops.model_warning(model.id)
    FROM fo.model AS model
    CROSS JOIN
        LATERAL (
            SELECT count(*) AS count
            FROM fo.prediction AS prediction
            WHERE
                prediction.model = model.id
                AND (v_symbols IS NULL OR prediction.symbol = ANY(v_symbols))
        ) AS made
    LEFT JOIN LATERAL (
        SELECT prediction.at, prediction.value, prediction.reason
        FROM fo.prediction AS prediction
        WHERE
            prediction.model = model.id
            AND (v_symbols IS NULL OR prediction.symbol = ANY(v_symbols))
        ORDER BY prediction.at DESC
        LIMIT 1
    ) AS newest ON TRUE
    WHERE v_symbols IS NULL OR model.symbol IS NULL OR model.symbol = ANY(v_symbols)
    ORDER BY model.name, model.version;
END;
$$;
