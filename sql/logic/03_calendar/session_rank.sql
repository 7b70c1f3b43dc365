-- How much the source of a row of fo.session counts: the user's most, then a broker's calendar.
--
-- A row replaces those of its date that rank lower, and none that ranks higher.
CREATE FUNCTION ops.session_rank(p_source text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE p_source WHEN 'user' THEN 2 WHEN 'upstox' THEN 1 ELSE 0 END;
$$;
