SELECT ops.end_process(%s);
