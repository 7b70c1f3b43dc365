-- The checks of the database, one row each.
SELECT
    found.name,
    found.state,
    found.value,
    found.bad_at,
    found.unit,
    found.says,
    found.remedy,
    found.item
FROM ops.health(%(late_seconds)s, '{}', %(free_mb)s) AS found;
