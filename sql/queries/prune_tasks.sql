SELECT ops.prune_tasks();
