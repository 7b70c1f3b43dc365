SELECT ops.remove_watchlist(%(name)s)::text AS done;
