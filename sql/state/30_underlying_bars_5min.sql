-- 5-minute bars of the underlying, from the 1-minute bars.

CREATE MATERIALIZED VIEW fo.underlying_bars_5min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '5 minutes', bucket_time) AS bucket_time,
    symbol,
    sum(quotes)::bigint AS quotes,
    first(open, bucket_time) AS open,
    max(high) AS high,
    min(low) AS low,
    last(close, bucket_time) AS close,
    last(underlying_source, bucket_time) AS underlying_source
FROM fo.underlying_bars_1min
GROUP BY 1, 2
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.underlying_bars_5min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.underlying_bars_5min ADD CONSTRAINT underlying_bars_5min_pkey
PRIMARY KEY (symbol, bucket_time);
*/
