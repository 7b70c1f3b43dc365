SELECT minute.ends_at
FROM ops.minutes_to_backfill(%(symbol)s, %(from)s, %(to)s) AS minute (ends_at);
