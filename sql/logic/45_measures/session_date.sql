-- The trading date of an instant, by the calendar of a symbol's exchange.
CREATE FUNCTION ops.session_date(p_symbol text, p_at timestamptz) RETURNS date
LANGUAGE sql STABLE AS $$
SELECT opening.session
FROM ops.newest_opening((ops.known_exchange(p_symbol)).exchange, p_at) AS opening;
$$;
