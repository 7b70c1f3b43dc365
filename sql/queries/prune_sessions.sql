-- Drop the sessions that hold no longer.
DELETE FROM job.session AS session
WHERE session.held_until < now();
