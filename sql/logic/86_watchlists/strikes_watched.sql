-- The strikes that a word names: levels each side of the money, or a range (of one strike too).
--
-- As `strikes` in api/language.py. No word names every strike: all NULL.
CREATE FUNCTION ops.strikes_watched(
    p_word text, OUT levels integer, OUT lowest double precision, OUT highest double precision
)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_parts text[] := regexp_match(
        p_word, '^(?:atm:([0-9]{1,4})|([0-9]{1,9}(?:\.[0-9]{1,20})?)'
        '(?:\.\.([0-9]{1,9}(?:\.[0-9]{1,20})?))?)$'
    );
BEGIN
    levels := v_parts[1];
    lowest := v_parts[2];
    highest := coalesce(v_parts[3], v_parts[2]);
    IF p_word IS NOT NULL AND (v_parts IS NULL OR levels > 1000 OR lowest > highest) THEN
        PERFORM ops.refuse_call(
            'bad_strikes', format('strikes is "%s"', left(p_word, 80)),
            'Send from atm:0 to atm:1000, a range such as 24000..25000, or a strike.',
            'strikes'
        );
    END IF;
END;
$$;
