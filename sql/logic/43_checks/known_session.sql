-- The daily bucket of the newest session in which a symbol was quoted; NULL before the first.
--
-- No bar of the session, however wide, begins before it. By the quotes and not by the calendar:
-- those of a Sunday move the market clock, and the session to be seen is then still Friday's.
CREATE FUNCTION ops.known_session(p_symbol text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT ops.session_at(p_symbol, NULL);
$$;
