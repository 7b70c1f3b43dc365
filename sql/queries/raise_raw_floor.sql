-- Raise the floor of a symbol to the first session with quotes after a sealed one.
SELECT ops.set_raw_floor(%(symbol)s, ops.session_from(following.session)) AS raised
FROM (
    SELECT min(quoted.session) AS session
    FROM ops.quoted_sessions(%(symbol)s, ops.session_from(%(session)s::date + 1)) AS quoted
) AS following
WHERE following.session IS NOT NULL;
