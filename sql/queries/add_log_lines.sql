SELECT ops.add_log_lines(%(process)s, %(lines)s::jsonb) AS added;
