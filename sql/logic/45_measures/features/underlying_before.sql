-- The underlying that a return over a time is counted from: the last one known at its begin.
--
-- NULL where that is older than ops.base_slack allows, or not of the session that opened at
-- p_opens_at.
CREATE FUNCTION ops.underlying_before(
    p_symbol text, p_at timestamptz, p_over interval, p_opens_at timestamptz
) RETURNS double precision
LANGUAGE sql STABLE AS $$
SELECT
    ops.newest_underlying(
        p_symbol, greatest(p_at - p_over - ops.base_slack(p_over), p_opens_at), p_at - p_over
    );
$$;
