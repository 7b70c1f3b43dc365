-- In the transaction of number_snapshot.sql.
--
-- A refresh analyzes the rows that changed, whole, and nobody asks for the figures: of 100 values of
-- a row each they would be 30 kB in pg_statistic, every second.
SET LOCAL default_statistics_target = 1;
REFRESH MATERIALIZED VIEW CONCURRENTLY fo.latest_snapshot;
