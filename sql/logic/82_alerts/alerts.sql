-- The alerts that the caller may see, of one name or all: its own, and for an administrator each.
--
-- error is that of the last look at the market, of any symbol.
CREATE FUNCTION ops.alerts(
    p_name text DEFAULT NULL,
    OUT key text, OUT name text, OUT statement text, OUT symbols text[], OUT topics text[],
    OUT sinks text[], OUT cooldown_seconds double precision, OUT is_on boolean,
    OUT set_at timestamptz, OUT has_rows boolean, OUT fired_at timestamptz, OUT firings bigint,
    OUT error text
) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
SELECT
    alert.key, alert.name, alert.statement, alert.symbols, alert.topics, alert.sinks,
    extract(EPOCH FROM alert.cooldown)::double precision, alert.is_on, alert.set_at,
    coalesce(state.has_rows, FALSE), fired.fired_at, fired.count, state.error
FROM job.alert AS alert
CROSS JOIN ops.reader_rights() AS rights
CROSS JOIN
    LATERAL (
        SELECT bool_or(own.has_rows) AS has_rows, max(own.error) AS error
        FROM job.alert_state AS own
        WHERE own.alert = alert.id
    ) AS state
CROSS JOIN
    LATERAL (
        SELECT count(*) AS count, max(firing.fired_at) AS fired_at
        FROM job.alert_firing AS firing
        WHERE firing.alert = alert.id
    ) AS fired
WHERE
    (p_name IS NULL OR alert.name = p_name)
    AND 'alert' = ANY(ops.readable_topics())
    AND (rights.is_admin OR alert.key = ops.reader_name())
ORDER BY alert.key <> ops.reader_name(), alert.key, alert.name;
$$;
