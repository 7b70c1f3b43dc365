-- When the newest session in which a symbol was quoted began; NULL before the first.
--
-- By the quotes and not by the calendar: those of a Sunday move the market clock, and the session
-- to be seen is then still Friday's.
CREATE FUNCTION ops.known_session(p_symbol text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT ops.session_start(p_symbol, ops.session_at(p_symbol, NULL));
$$;
