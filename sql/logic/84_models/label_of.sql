-- The label of a move: 1 or 0. direction: it is up; size: it is greater than the threshold.
CREATE FUNCTION ops.label_of(
    p_label text, p_move double precision, p_threshold double precision
) RETURNS smallint
LANGUAGE sql IMMUTABLE AS $$
SELECT
    CASE p_label
        WHEN 'direction' THEN (p_move > 0)::integer
        WHEN 'size' THEN (abs(p_move) > p_threshold)::integer
    END::smallint;
$$;
