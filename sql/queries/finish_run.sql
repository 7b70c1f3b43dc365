SELECT ops.finish_run(
    %(job)s, %(period)s, %(attempt)s, %(state)s, %(duration)s, %(row_count)s, %(code)s, %(error)s,
    %(is_alone)s
);
