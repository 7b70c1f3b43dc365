-- The first instant of a session and the first one after it.
SELECT
    ops.session_from(%(session)s::date) AS from_time,
    ops.session_from(%(session)s::date + 1) AS to_time;
