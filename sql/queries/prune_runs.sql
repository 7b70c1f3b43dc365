SELECT ops.prune_runs();
