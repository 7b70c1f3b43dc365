-- How often a model's label was 1 in its training; NULL where its validation does not say.
CREATE FUNCTION ops.base_rate(p_model bigint) RETURNS double precision
LANGUAGE sql STABLE AS $$
SELECT
    CASE
        WHEN jsonb_typeof(model.validation -> 'base_rate') = 'number'
            THEN (model.validation ->> 'base_rate')::double precision
    END
FROM fo.model AS model
WHERE model.id = p_model;
$$;
