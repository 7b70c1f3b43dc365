SELECT to_regclass('pg_temp.batch_written') IS NOT NULL AS has_batch_tables;
