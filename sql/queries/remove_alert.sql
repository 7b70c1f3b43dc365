SELECT ops.remove_alert(%(name)s)::text AS done;
