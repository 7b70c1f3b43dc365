-- Set an alert; its name.
SELECT ops.set_alert(
    %(name)s, %(statement)s, %(symbols)s::text[], %(topics)s::text[],
    %(cooldown)s::double precision, %(sinks)s::text[], %(is_on)s::boolean
)::text AS done;
