SELECT ops.look_for_tasks(%s) AS free;
