-- How many letters must be changed, left out or put in to make one word of another.
--
-- Levenshtein's distance, without regard to case; for words of a few dozen letters.
CREATE FUNCTION ops.edit_distance(p_one text, p_other text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    v_above integer[] := ARRAY(SELECT generate_series(0, length(p_other)));
    v_row integer[];
BEGIN
    FOR v_place IN 1 .. length(p_one) LOOP
        v_row := ARRAY[v_place];
        FOR v_column IN 1 .. length(p_other) LOOP
            v_row := v_row || least(
                v_above[v_column + 1] + 1,
                v_row[v_column] + 1,
                v_above[v_column] + (
                    lower(substr(p_one, v_place, 1)) <> lower(substr(p_other, v_column, 1))
                )::integer
            );
        END LOOP;
        v_above := v_row;
    END LOOP;
    RETURN v_above[length(p_other) + 1];
END;
$$;
