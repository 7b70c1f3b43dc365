SELECT task.id
FROM job.task AS task
WHERE task.kind = %s AND task.state IN ('pending', 'running')
ORDER BY task.id;
