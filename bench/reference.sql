-- What a team writes first, in the same database and over the same quotes.
--
-- 5- and 15-minute aggregates that forgot OI, a view that joins them back to the 1-minute rows
-- for it, and max(bucket_time) at each request. Indexed as its own queries ask for, and analysed.

CREATE SCHEMA reference;

CREATE TABLE reference.bars_1min AS
SELECT
    bar.bucket_time, bar.symbol, bar.expiry, bar.strike, bar.underlying,
    bar.call_close, bar.put_close, bar.call_volume, bar.put_volume, bar.call_oi, bar.put_oi,
    bar.call_iv, bar.put_iv
FROM fo.option_strike_bars_1min AS bar;

CREATE INDEX ON reference.bars_1min (symbol, bucket_time);
CREATE INDEX ON reference.bars_1min (symbol, expiry, strike, bucket_time);

CREATE MATERIALIZED VIEW reference.bars_5min AS
SELECT
    date_bin('5 minutes', bar.bucket_time, TIMESTAMPTZ '2000-01-01 03:45:00+00') AS bucket_time,
    bar.symbol, bar.expiry, bar.strike,
    (array_agg(bar.underlying ORDER BY bar.bucket_time DESC))[1] AS underlying,
    (array_agg(bar.call_close ORDER BY bar.bucket_time DESC))[1] AS call_close,
    (array_agg(bar.put_close ORDER BY bar.bucket_time DESC))[1] AS put_close,
    sum(bar.call_volume) AS call_volume,
    sum(bar.put_volume) AS put_volume
FROM reference.bars_1min AS bar
GROUP BY 1, 2, 3, 4;

CREATE INDEX ON reference.bars_5min (symbol, bucket_time);
CREATE INDEX ON reference.bars_5min (symbol, expiry, strike, bucket_time);

CREATE VIEW reference.enriched_5min AS
SELECT
    bar.*,
    oi.call_oi,
    oi.put_oi
FROM reference.bars_5min AS bar
INNER JOIN (
    SELECT
        date_bin(
            '5 minutes', minute.bucket_time, TIMESTAMPTZ '2000-01-01 03:45:00+00'
        ) AS bucket_time,
        minute.symbol, minute.expiry, minute.strike,
        (array_agg(minute.call_oi ORDER BY minute.bucket_time DESC))[1] AS call_oi,
        (array_agg(minute.put_oi ORDER BY minute.bucket_time DESC))[1] AS put_oi
    FROM reference.bars_1min AS minute
    GROUP BY 1, 2, 3, 4
) AS oi USING (bucket_time, symbol, expiry, strike);

ANALYZE reference.bars_1min;
ANALYZE reference.bars_5min;
