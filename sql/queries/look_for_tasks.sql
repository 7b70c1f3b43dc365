SELECT ops.look_for_tasks(%s, %s, %s, make_interval(secs => %s)) AS free;
