-- The nearest live expiry of a symbol, as far as the reader may read it, or today.
SELECT coalesce(min(metrics.expiry), current_date) AS expiry
FROM analytics.expiry_metrics(%s) AS metrics;
