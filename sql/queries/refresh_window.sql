SELECT ops.refresh_window(%s, %s, %s, %s);
