SELECT ops.prune_incoming();
