-- Whether a model was trained on an instant: what it says of that is no prediction.
--
-- FALSE where its training is not known.
CREATE FUNCTION ops.is_trained_on(p_model fo.model, p_at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
SELECT
    coalesce(
        p_at BETWEEN coalesce(p_model.trained_from, '-infinity') AND p_model.trained_to, FALSE
    );
$$;
