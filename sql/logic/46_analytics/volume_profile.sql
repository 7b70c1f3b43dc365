-- How the volume of an expiry's newest session lies across its strikes.
--
-- The value area grows from the point of control by whichever neighbour has more volume. A strike
-- comes in by the least volume between it and the point: what lies behind a thin strike waits for
-- that one. So the order in which the strikes of both sides come in is one sort, without a loop.
CREATE FUNCTION analytics.volume_profile(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    strike double precision,
    session date,
    call_volume bigint,
    put_volume bigint,
    volume bigint,
    call_volume_share double precision,
    put_volume_share double precision,
    volume_share double precision,
    is_point_of_control boolean,
    in_value_area boolean
)
LANGUAGE sql STABLE AS $$
WITH traded AS (
    SELECT
        chain.expiry, chain.strike, chain.newest AS session,
        CASE WHEN chain.session = chain.newest THEN chain.call_volume END AS call_volume,
        CASE WHEN chain.session = chain.newest THEN chain.put_volume END AS put_volume
    FROM (
        SELECT quote.*, max(quote.session) OVER (PARTITION BY quote.expiry) AS newest
        FROM analytics.chain(p_symbol, p_expiry, p_at) AS quote
    ) AS chain
),

profile AS (
    SELECT
        traded.*,
        coalesce(
            traded.call_volume + traded.put_volume, traded.call_volume, traded.put_volume
        ) AS volume
    FROM traded
),

centred AS (
    SELECT
        profile.*,
        sum(profile.volume::double precision) OVER whole AS total,
        sum(profile.call_volume::double precision) OVER whole AS call_total,
        sum(profile.put_volume::double precision) OVER whole AS put_total,
        first_value(CASE WHEN profile.volume > 0 THEN profile.strike END) OVER (
            PARTITION BY profile.expiry ORDER BY profile.volume DESC NULLS LAST, profile.strike ASC
        ) AS control
    FROM profile
    WINDOW whole AS (PARTITION BY profile.expiry)
),

reached AS (
    SELECT
        centred.*,
        min(coalesce(centred.volume, 0)) OVER (
            PARTITION BY centred.expiry, sign(centred.strike - centred.control)
            ORDER BY abs(centred.strike - centred.control)
        ) AS thinnest
    FROM centred
)

SELECT
    reached.expiry, reached.strike, reached.session,
    reached.call_volume, reached.put_volume, reached.volume,
    reached.call_volume / nullif(reached.call_total, 0),
    reached.put_volume / nullif(reached.put_total, 0),
    reached.volume / nullif(reached.total, 0),
    reached.strike = reached.control,
    CASE
        WHEN reached.control IS NOT NULL
            THEN 10 * coalesce(
                sum(reached.volume::double precision) OVER (
                    PARTITION BY reached.expiry
                    ORDER BY
                        reached.strike <> reached.control, reached.thinnest DESC,
                        reached.strike > reached.control,
                        abs(reached.strike - reached.control)
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ), 0
            ) < 7 * reached.total
    END
FROM reached
ORDER BY reached.expiry, reached.strike;
$$;

COMMENT ON FUNCTION analytics.volume_profile IS
'Volume across the strikes of an expiry in its newest session, one row per strike, in units of the '
'underlying: call, put, and the sum of what is known of the two. A strike not quoted in that '
'session has NULL. A share is that of the expiry''s call volume, put volume, or both, 0 to 1; NULL '
'where there is none. is_point_of_control: the strike with most volume (a tie: the lower). '
'in_value_area: the strikes around it that hold 70 % of the volume (Market Profile, Steidlmayer): '
'from the point of control, the neighbouring strike with more volume comes in, the one above or '
'the one below (a tie: below), until at least 70 % is in. Both are NULL where nothing was traded.';
