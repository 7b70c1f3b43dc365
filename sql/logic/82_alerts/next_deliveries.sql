-- The oldest firing that each sink has yet to get, where an attempt is due.
--
-- One that waits for its next attempt holds up those behind it: a sink gets firings in their order.
CREATE FUNCTION ops.next_deliveries(
    OUT sink text, OUT firing bigint, OUT alert text, OUT key text, OUT symbol text,
    OUT fired_at timestamptz, OUT event bigint, OUT rows jsonb
) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
SELECT
    oldest.sink, oldest.firing, alert.name, alert.key, firing.symbol, firing.fired_at,
    firing.event, firing.rows
FROM (
    SELECT DISTINCT ON (delivery.sink) delivery.sink, delivery.firing, delivery.due_at
    FROM job.alert_delivery AS delivery
    WHERE delivery.state = 'pending'
    ORDER BY delivery.sink, delivery.firing
) AS oldest
INNER JOIN job.alert_firing AS firing ON oldest.firing = firing.id
INNER JOIN job.alert AS alert ON firing.alert = alert.id
WHERE oldest.due_at <= clock_timestamp() OR oldest.due_at > clock_timestamp() + interval '1 hour'
ORDER BY oldest.sink;
$$;
