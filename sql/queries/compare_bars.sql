SELECT ops.compare_bars(%s, %s, %s, %s, %s);
