SELECT ops.forget_quotes(%s, %s, %s) AS forgotten;
