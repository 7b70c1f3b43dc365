-- The daily bucket of the newest session in which a symbol was quoted at or before an instant.
--
-- p_at NULL means the market clock. NULL before the first quote of a session.
CREATE FUNCTION ops.session_at(p_symbol text, p_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT fo.bucket_start('1 day', moment.quote_time)
FROM fo.underlying_quote AS moment
WHERE
    moment.symbol = p_symbol
    AND moment.quote_time <= coalesce(p_at, 'infinity')
    AND moment.in_session
ORDER BY moment.quote_time DESC
LIMIT 1;
$$;
