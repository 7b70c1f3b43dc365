-- When an alert of the caller's fired, the newest first, at most p_limit.
--
-- deliveries is an array of objects: how far each sink has it.
CREATE FUNCTION ops.alert_firings(
    p_name text, p_limit integer DEFAULT 100,
    OUT id bigint, OUT symbol text, OUT fired_at timestamptz, OUT event bigint, OUT rows jsonb,
    OUT noted_at timestamptz, OUT deliveries jsonb
) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
SELECT
    firing.id, firing.symbol, firing.fired_at, firing.event, firing.rows, firing.noted_at,
    coalesce(delivery.deliveries, '[]')
FROM job.alert AS alert
INNER JOIN job.alert_firing AS firing ON alert.id = firing.alert
CROSS JOIN
    LATERAL (
        SELECT
            jsonb_agg(
                jsonb_build_object(
                    'sink', own.sink, 'state', own.state, 'attempts', own.attempts,
                    'ended_at', own.ended_at, 'error', own.error
                ) ORDER BY own.sink
            ) AS deliveries
        FROM job.alert_delivery AS own
        WHERE own.firing = firing.id
    ) AS delivery
WHERE
    alert.key = ops.reader_name()
    AND alert.name = p_name
    AND 'alert' = ANY(ops.readable_topics())
ORDER BY firing.id DESC
LIMIT least(p_limit, 1000);
$$;
