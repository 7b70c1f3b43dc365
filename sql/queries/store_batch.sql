SELECT ops.store_batch(%s) AS event_id;
