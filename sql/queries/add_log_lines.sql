SELECT ops.add_log_lines(%s, %s::jsonb) AS added;
