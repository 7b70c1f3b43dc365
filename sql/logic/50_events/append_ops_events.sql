-- Append events of topic ops, and return how many; NULL is none. The arrays are parallel.
CREATE FUNCTION ops.append_ops_events(p_symbols text[], p_bodies text[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_count integer := coalesce(cardinality(p_bodies), 0);
BEGIN
    IF v_count > 0 THEN
        PERFORM ops.append_events(
            array_fill('ops'::text, ARRAY[v_count]), p_symbols,
            array_fill(NULL::date, ARRAY[v_count]), p_bodies
        );
    END IF;
    RETURN v_count;
END;
$$;
