SELECT ops.write_batch(%s, %s) AS written;
