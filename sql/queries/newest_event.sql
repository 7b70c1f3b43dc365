-- The newest event, and how long ago it was written; no row where none is kept.
SELECT
    newest.id,
    newest.age_seconds
FROM ops.newest_event() AS newest
WHERE newest.id IS NOT NULL;
