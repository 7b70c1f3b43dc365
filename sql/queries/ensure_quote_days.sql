SELECT ops.ensure_quote_days(%s) AS ensured;
