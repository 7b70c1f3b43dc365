SELECT ops.check_alert(%(statement)s)::text AS done;
