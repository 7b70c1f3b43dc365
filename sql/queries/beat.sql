SELECT
    other.process,
    other.host,
    other.beat
FROM ops.beat(%(process)s, %(host)s, %(os_pid)s) AS other;
