SELECT
    line.id,
    line.process,
    line.logged_at AS time,
    line.level,
    line.logger,
    line.job,
    line.message
FROM ops.log_lines() AS line;
