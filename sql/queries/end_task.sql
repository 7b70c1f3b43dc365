SELECT ops.end_task(%s, %s, %s, %s::text::jsonb, %s) AS was_ours;
