SELECT ops.refresh_is_due();
