SELECT
    quoted.day,
    quoted.from_time,
    quoted.to_time
FROM ops.quoted_local_days(%(symbol)s, %(from)s, %(to)s) AS quoted;
