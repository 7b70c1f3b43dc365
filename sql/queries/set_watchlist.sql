-- Set a watchlist; whether it is new.
SELECT ops.set_watchlist(%(name)s, %(items)s::jsonb) AS is_new;
