-- Note an attempt to send a firing to a sink; p_error NULL: the sink has it.
--
-- The next attempt is twice as far away each time, at most 5 minutes. After 24 hours it is given
-- up.
CREATE FUNCTION ops.note_delivery(p_firing bigint, p_sink text, p_error text) RETURNS void
LANGUAGE sql VOLATILE AS $$
UPDATE job.alert_delivery AS delivery
SET
    attempts = delivery.attempts + 1,
    error = left(p_error, 1000),
    due_at = clock_timestamp() + least(2 ^ least(delivery.attempts, 9), 300) * interval '1 second',
    state = judged.state,
    ended_at = CASE WHEN judged.state <> 'pending' THEN clock_timestamp() END
FROM job.alert_firing AS firing
CROSS JOIN
    LATERAL (
        SELECT
            CASE
                WHEN p_error IS NULL THEN 'delivered'
                WHEN firing.noted_at < clock_timestamp() - interval '24 hours' THEN 'given_up'
                ELSE 'pending'
            END AS state
    ) AS judged
WHERE
    delivery.firing = p_firing
    AND delivery.sink = p_sink
    AND firing.id = delivery.firing;
$$;
