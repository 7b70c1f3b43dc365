-- The time to expiry, in years: from when a quote was read, or from the exchange's stamp of it.
--
-- The stamp counts where it is more than 5 minutes older: a page that stands still does not come
-- nearer to expiry. -infinity, and NULL, is no stamp. Plain SQL, so that it is inlined.
CREATE FUNCTION ops.years_left(
    p_expires_at timestamptz, p_quote_time timestamptz, p_stamp timestamptz
) RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT
    ops.years(
        p_expires_at - CASE
            WHEN p_stamp < p_quote_time - interval '5 minutes' AND p_stamp > '-infinity'
                THEN p_stamp
            ELSE p_quote_time
        END
    );
$$;
