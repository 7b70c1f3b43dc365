SELECT ops.snapshot_is_bloated();
