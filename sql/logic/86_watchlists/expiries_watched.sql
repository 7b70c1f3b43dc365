-- The expiries that the word of a watchlist names among the live ones, in order; it may be none.
CREATE FUNCTION ops.expiries_watched(p_word text, p_live date[]) RETURNS date[]
LANGUAGE sql IMMUTABLE AS $$
SELECT
    CASE p_word
        WHEN 'front' THEN p_live[1:1]
        WHEN 'next' THEN p_live[2:2]
        WHEN 'all' THEN p_live
        ELSE ARRAY(
            SELECT live.expiry
            FROM unnest(p_live) AS live (expiry)
            WHERE live.expiry = p_word::date
        )
    END;
$$;
