SELECT ops.choose_source(%(symbol)s)::text AS done;
