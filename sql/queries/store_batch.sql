SELECT ops.store_batch() AS event_id;
