SELECT ops.finish_window(%s, %s, %s, %s, %s);
