SELECT ops.answer_incoming(%s, %s::text::jsonb);
