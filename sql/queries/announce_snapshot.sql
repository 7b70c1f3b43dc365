SELECT ops.announce_snapshot();
