SELECT job.name
FROM job.job AS job
ORDER BY job.name;
