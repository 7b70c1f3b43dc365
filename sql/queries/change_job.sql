-- Change a job: what is NULL stays. One row where it is known.
UPDATE job.job AS job
SET
    every = coalesce(%(every)s, job.every),
    is_on = coalesce(%(is_on)s, job.is_on),
    is_asked = job.is_asked OR %(is_asked)s
WHERE job.name = %(name)s
RETURNING job.name;
