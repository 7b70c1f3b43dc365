-- Whether an alert fires at a time of the market: it has rows, had none, and has cooled down.
CREATE FUNCTION ops.alert_fires(
    p_had_rows boolean, p_has_rows boolean, p_fired_at timestamptz, p_at timestamptz,
    p_cooldown interval
) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
SELECT p_has_rows AND NOT p_had_rows AND coalesce(p_at >= p_fired_at + p_cooldown, TRUE);
$$;
