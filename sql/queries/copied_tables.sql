-- How many tables of a subscription are copied, of how many, and how often that failed. One row.
SELECT
    count(*) FILTER (WHERE copied.srsubstate = 'r') AS done,
    count(*) AS tables,
    coalesce(max(failed.sync_error_count + failed.apply_error_count), 0) AS errors
FROM pg_catalog.pg_subscription AS subscription
INNER JOIN pg_catalog.pg_subscription_rel AS copied ON subscription.oid = copied.srsubid
LEFT JOIN pg_catalog.pg_stat_subscription_stats AS failed ON subscription.oid = failed.subid
WHERE subscription.subname = %(name)s;
