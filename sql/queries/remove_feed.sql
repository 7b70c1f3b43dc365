SELECT ops.remove_feed(%(name)s)::text AS done;
