SELECT ops.ensure_quote_days(%s, %s) AS ensured;
