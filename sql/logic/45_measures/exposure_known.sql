-- Whether a leg is whole in the exposures: all four are known, or nothing is open in it.
--
-- Plain SQL, so that it is inlined.
CREATE FUNCTION ops.exposure_known(
    p_oi bigint,
    p_gex double precision,
    p_dex double precision,
    p_vanna double precision,
    p_charm double precision
) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
SELECT coalesce(p_oi = 0, FALSE) OR num_nulls(p_gex, p_dex, p_vanna, p_charm) = 0;
$$;
