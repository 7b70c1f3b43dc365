-- Lock a run until the transaction ends, if the attempt still has it; no row where it has not.
SELECT run.period
FROM job.run AS run
WHERE
    run.job = %(job)s AND run.period = %(period)s
    AND run.attempt = %(attempt)s AND run.state = 'running'
FOR NO KEY UPDATE;
