SELECT ops.claim_feeds(%(names)s::text[], %(host)s)::text AS done;
