SELECT ops.set_feed(
    %(name)s, %(kind)s, %(symbols)s::text[], %(options)s::jsonb, %(position)s::integer,
    %(is_on)s::boolean
)::text AS done;
