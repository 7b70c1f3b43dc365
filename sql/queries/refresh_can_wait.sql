SELECT ops.refresh_can_wait();
