-- The lock of a refresh of the rollups: two at once would meet in the same rows.
--
-- Whoever refreshes holds it by LOCK TABLE (db/lock.py). Readers have no right on it, so they
-- cannot take it, as they could take an advisory lock. It is a view because nothing ever has to
-- vacuum a view: a table that is locked for weeks could not be frozen.

CREATE VIEW job.refresh_lock AS
SELECT TRUE AS is_lock;
