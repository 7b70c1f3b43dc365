-- In the transaction of number_snapshot.sql.
--
-- A refresh analyzes the rows that changed, and nobody asks for the figures. With 100 whole rows in
-- each they would put 30 kB into pg_statistic every second.
SET LOCAL default_statistics_target = 1;
REFRESH MATERIALIZED VIEW CONCURRENTLY fo.latest_snapshot;
