SELECT ops.note_kind(%s, %s, %s::text::jsonb, %s);
