-- The oldest firing that each sink has yet to get, where an attempt is due.
SELECT
    delivery.sink,
    delivery.firing,
    json_build_object(
        'alert', delivery.alert,
        'key', delivery.key,
        'symbol', delivery.symbol,
        'fired_at', delivery.fired_at,
        'firing', delivery.firing,
        'event', delivery.event,
        'rows', delivery.rows
    )::text AS body
FROM ops.next_deliveries() AS delivery;
