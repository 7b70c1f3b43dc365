SELECT ops.prune_rejects();
