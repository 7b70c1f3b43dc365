-- 1-minute bars of the underlying: the feed's, or the forward that stands in for it.
--
-- Only instants of a session at which it was known. underlying_source is that of the close.

CREATE MATERIALIZED VIEW fo.underlying_bars_1min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 minute', quote_time) AS bucket_time,
    symbol,
    count(*) AS quotes,
    first(underlying, quote_time) AS open,
    max(underlying) AS high,
    min(underlying) AS low,
    last(underlying, quote_time) AS close,
    last(underlying_source, quote_time) AS underlying_source
FROM fo.underlying_quote
WHERE in_session AND underlying IS NOT NULL
GROUP BY 1, 2
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.underlying_bars_1min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.underlying_bars_1min ADD CONSTRAINT underlying_bars_1min_pkey
PRIMARY KEY (symbol, bucket_time);
*/
