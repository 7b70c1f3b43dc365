-- Whether a leg counts among those of its chain: anything is known of it, or it is a drop-out.
--
-- A leg that nothing was ever quoted of is none. Plain SQL, so that it is inlined.
CREATE FUNCTION ops.leg_counts(
    p_ltp double precision,
    p_bid double precision,
    p_ask double precision,
    p_volume bigint,
    p_oi bigint,
    p_iv double precision,
    p_dropout boolean
) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
SELECT
    num_nonnulls(p_ltp, p_bid, p_ask, p_volume, p_oi, p_iv) > 0 OR coalesce(p_dropout, FALSE);
$$;
