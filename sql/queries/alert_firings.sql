-- The firings of an alert as JSON, the newest first. One row each.
SELECT convert_to(row_to_json(firing)::text, 'UTF8') AS body
FROM ops.alert_firings(%(name)s, %(limit)s) AS firing;
