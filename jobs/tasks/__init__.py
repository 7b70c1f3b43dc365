"""Work that somebody asked for: job.task, done in chunks by `pgstrike run`."""
