SELECT ops.note_feed(
    %(name)s, %(attempt)s::integer, %(said)s::jsonb, %(symbols)s::jsonb
)::text AS done;
