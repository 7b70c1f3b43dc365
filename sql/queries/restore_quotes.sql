SELECT ops.restore_quotes() AS restored;
