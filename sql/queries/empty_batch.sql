SELECT ops.empty_batch() AS emptied;
