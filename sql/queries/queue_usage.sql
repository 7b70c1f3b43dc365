-- How full Postgres's NOTIFY queue is: 0 to 1. Asking also forgets what everybody has read.
SELECT pg_catalog.pg_notification_queue_usage();
