SELECT ops.prune_changes();
