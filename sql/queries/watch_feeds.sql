SELECT ops.watch_feeds() AS changed;
