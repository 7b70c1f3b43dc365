SELECT ops.switch_feed(%(name)s, %(is_on)s::boolean)::text AS done;
