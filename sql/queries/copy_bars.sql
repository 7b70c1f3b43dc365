SELECT ops.copy_bars(%s, %s, %s, %s, %s);
