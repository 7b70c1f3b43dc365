-- Say what came of predictions whose horizon has passed by the market clock. Returns how many.
--
-- The outcome is the label that training would give (ops.horizon_move, ops.label_of), by the
-- quotes of now; once said it stays. At most 1,000 at a time, the oldest first.
CREATE FUNCTION ops.settle_predictions() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_most constant integer := 1000;
    v_settled fo.prediction[];
BEGIN
    WITH due AS (
        SELECT prediction.model, prediction.symbol, prediction.at
        FROM fo.instrument AS instrument
        INNER JOIN fo.prediction AS prediction
            ON
                instrument.symbol = prediction.symbol
                AND instrument.clock >= prediction.horizon_at
        WHERE prediction.outcome IS NULL AND prediction.outcome_reason IS NULL
        ORDER BY prediction.horizon_at
        LIMIT c_most
    ),

    judged AS (
        SELECT
            due.model, due.symbol, due.at,
            ops.label_of(model.label, moved.move, model.threshold) AS outcome,
            moved.reason
        FROM due
        INNER JOIN fo.model AS model ON due.model = model.id
        CROSS JOIN LATERAL ops.horizon_move(due.symbol, due.at, model.horizon) AS moved
    ),

    settled AS (
        UPDATE fo.prediction AS prediction
        SET outcome = judged.outcome, outcome_reason = judged.reason
        FROM judged
        WHERE
            prediction.model = judged.model
            AND prediction.symbol = judged.symbol
            AND prediction.at = judged.at
            AND num_nonnulls(judged.outcome, judged.reason) > 0
        RETURNING prediction
    )

    SELECT array_agg(settled.prediction) INTO v_settled
    FROM settled;
    PERFORM ops.tell_predictions(v_settled);
    RETURN coalesce(cardinality(v_settled), 0);
END;
$$;
