-- What models predicted of a symbol, and what came of it.
CREATE FUNCTION analytics.predictions(
    p_symbol text,
    p_model text DEFAULT NULL,
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    model text,
    version integer,
    label text,
    threshold double precision,
    at timestamptz,
    value double precision,
    reason text,
    horizon_at timestamptz,
    outcome smallint,
    outcome_reason text,
    predicted_at timestamptz,
    warning text
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM ops.check_predicted(p_symbol, p_model);
    RETURN QUERY
    SELECT
        known.name, known.version, known.label, known.threshold,
        made.at, made.value, made.reason, made.horizon_at,
        made.outcome, made.outcome_reason, made.predicted_at, known.warning
    FROM ops.models_of(p_symbol, p_model) AS known
    CROSS JOIN
        LATERAL (
            SELECT prediction.*
            FROM fo.prediction AS prediction
            WHERE
                prediction.model = known.id
                AND prediction.symbol = p_symbol
                AND prediction.at >= coalesce(p_from, '-infinity')
                AND prediction.at < coalesce(p_to, 'infinity')
        ) AS made
    ORDER BY made.at, known.name, known.version;
END;
$$;

COMMENT ON FUNCTION analytics.predictions IS
'What the models of a symbol predicted, oldest first: value is the probability that the '
'underlying is higher at horizon_at than at `at` (label direction), or that it has moved by more '
'than threshold, a share of its level (label size). value is NULL where reason says why. outcome '
'is 1 or 0 once the horizon has passed, by the definition of the training; NULL before, and where '
'outcome_reason says why nobody can say. predicted_at is by the wall clock. p_model is a name, '
'NULL means every model; p_from <= at < p_to. warning says what has to be said of the model now: '
'that it is worse than its base rate, that its features have drifted, or that neither is known '
'yet; NULL where it is neither.';
