SELECT ops.advance_task(%s, %s, %s, %s, %s::text::jsonb) AS is_ours;
