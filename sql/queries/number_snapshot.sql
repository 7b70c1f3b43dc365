SELECT ops.number_snapshot();
