-- How well the probabilities of a symbol's models fit what came of them.
CREATE FUNCTION analytics.calibration(
    p_symbol text,
    p_model text DEFAULT NULL,
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    model text,
    version integer,
    scope text,
    session date,
    low_share double precision,
    high_share double precision,
    outcomes bigint,
    value double precision,
    outcome_share double precision,
    base_share double precision,
    brier_score double precision,
    base_brier_score double precision,
    log_loss double precision,
    base_log_loss double precision,
    warning text
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_least constant double precision := 1e-15; -- a probability of 0 would cost infinity
BEGIN
    PERFORM ops.check_predicted(p_symbol, p_model);
    RETURN QUERY
    WITH known AS MATERIALIZED (
        SELECT found.* FROM ops.models_of(p_symbol, p_model) AS found
    ),

    told AS (
        SELECT
            known.id,
            ops.session_date(p_symbol, prediction.at) AS session,
            least(floor(prediction.value * 10), 9)::integer AS bin,
            prediction.value,
            prediction.outcome::double precision AS outcome,
            coalesce(
                known.base_rate,
                avg(prediction.outcome::double precision) OVER (PARTITION BY known.id)
            ) AS base
        FROM known
        INNER JOIN fo.model AS trained ON known.id = trained.id
        INNER JOIN fo.prediction AS prediction ON trained.id = prediction.model
        WHERE
            prediction.symbol = p_symbol
            AND NOT ops.is_trained_on(trained, prediction.at)
            AND prediction.value IS NOT NULL
            AND prediction.outcome IS NOT NULL
            AND prediction.at >= coalesce(p_from, '-infinity')
            AND prediction.at < coalesce(p_to, 'infinity')
    ),

    scored AS (
        SELECT
            told.id, told.session, told.bin,
            grouping(told.session) AS no_session,
            grouping(told.bin) AS no_bin,
            count(*) AS outcomes,
            avg(told.value) AS value,
            avg(told.outcome) AS outcome,
            avg(told.base) AS base,
            avg((told.value - told.outcome) ^ 2) AS brier,
            avg((told.base - told.outcome) ^ 2) AS base_brier,
            avg(-ln(greatest(c_least, abs(1 - told.outcome - told.value)))) AS log_loss,
            avg(-ln(greatest(c_least, abs(1 - told.outcome - told.base)))) AS base_log_loss
        FROM told
        GROUP BY GROUPING SETS ((told.id), (told.id, told.session), (told.id, told.bin))
    )

    SELECT
        known.name, known.version,
        CASE
            WHEN scored.no_bin = 0 THEN 'bin'
            WHEN scored.no_session = 0 THEN 'session'
            ELSE 'all'
        END,
        scored.session,
        scored.bin / double precision '10',
        (scored.bin + 1) / double precision '10',
        scored.outcomes, scored.value, scored.outcome, scored.base,
        scored.brier, scored.base_brier, scored.log_loss, scored.base_log_loss,
        known.warning
    FROM scored
    INNER JOIN known ON scored.id = known.id
    ORDER BY
        known.name ASC, known.version ASC, scored.no_bin DESC, scored.no_session DESC,
        scored.session ASC, scored.bin ASC;
END;
$$;

COMMENT ON FUNCTION analytics.calibration IS
'How well the probabilities of a symbol''s models fit the outcomes. It reads the predictions '
'with value and outcome of p_from <= at < p_to, without those of times that the model was trained '
'on. Of each model there is a row of scope all, one of scope session for each session, and one of '
'scope bin for each of ten bins of value (low_share <= value < high_share, the last with 1) that '
'has any: a reliability diagram is outcome_share against value of those. outcomes says how many; '
'value is their mean probability, outcome_share how often the label was 1. base_share is the base '
'rate: how often it was in the training, where the model does not say that, in these outcomes. '
'brier_score = mean of (value - outcome)^2, log_loss = mean of -ln(probability of what came), '
'values within 1e-15 of 0 and 1 counted as there; base_ is the same for one who always says the '
'base rate. Lower is better. Outcomes of neighbouring minutes overlap, so they say less than '
'their number. warning as of analytics.predictions.';
