-- Late writes of an hour ago keep no chunk from being compressed any more.
DELETE FROM job.late_write AS late
WHERE late.written_at < now() - interval '1 hour';
