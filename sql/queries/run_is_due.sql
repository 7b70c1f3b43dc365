SELECT ops.run_is_due(%s);
