SELECT ops.prune_events();
