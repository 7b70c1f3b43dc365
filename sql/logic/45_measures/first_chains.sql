-- The figures of the first chains of a symbol that were live at an instant, in order of expiry.
--
-- So many; an expiry that was not quoted in the 30 days before has none. Later expiries are not
-- looked at.
CREATE FUNCTION ops.first_chains(
    p_symbol text, p_at timestamptz, p_count integer
) RETURNS SETOF fo.expiry_metrics
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_expiries date[] := ARRAY(SELECT ops.expiries_alive(p_symbol, p_at));
    v_wanted integer := p_count;
    v_found integer;
BEGIN
    -- As a rule the first so many were all quoted: then one look is enough.
    FOR v_place IN 1 .. cardinality(v_expiries) BY p_count LOOP
        RETURN QUERY
        SELECT metrics.*
        FROM
            ops.measure_chains(
                p_symbol, v_expiries[v_place:v_place + p_count - 1], ARRAY[p_at]
            ) AS metrics
        WHERE metrics.age <= interval '30 days'
        ORDER BY metrics.expiry
        LIMIT v_wanted;
        GET DIAGNOSTICS v_found = ROW_COUNT;
        v_wanted := v_wanted - v_found;
        EXIT WHEN v_wanted = 0;
    END LOOP;
END;
$$;
