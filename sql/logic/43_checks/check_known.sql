-- Refuse a word that is not one of those known, and say which are. Returns TRUE.
--
-- SQLSTATE 22023. The constraint's name in the error is a stable code, unknown_symbol say, for
-- programs; the hint names what is known, of much only the nearest.
CREATE FUNCTION ops.check_known(p_what text, p_word text, p_known text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_hint text := 'Send one of: ' || nullif(array_to_string(p_known, ', '), '') || '.';
BEGIN
    IF p_word = ANY(p_known) THEN
        RETURN TRUE;
    END IF;
    IF cardinality(p_known) > 20 THEN
        SELECT 'The nearest are: ' || string_agg(nearest.word, ', ' ORDER BY nearest.place) || '.'
        INTO v_hint
        FROM (
            SELECT
                known.word,
                row_number() OVER (
                    ORDER BY ops.edit_distance(left(p_word, 40), known.word), known.word
                ) AS place
            FROM unnest(p_known) AS known (word)
        ) AS nearest
        WHERE nearest.place <= 5;
    END IF;
    RAISE EXCEPTION 'unknown % %', p_what, coalesce('"' || p_word || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value',
            CONSTRAINT = 'unknown_' || p_what,
            HINT = coalesce(v_hint, 'There is none.');
END;
$$;
