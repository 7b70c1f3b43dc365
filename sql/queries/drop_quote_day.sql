SELECT ops.drop_quote_day(%s::regclass, %s, %s) AS is_dropped;
