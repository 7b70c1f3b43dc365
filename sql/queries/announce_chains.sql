SELECT ops.announce_chains(%s) AS event_id;
