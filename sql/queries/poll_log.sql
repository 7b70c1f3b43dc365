-- What a source that polls looks at, many times a second. One row.
SELECT
    polled.epoch,
    polled.newest,
    polled.payloads,
    polled.data,
    polled.rights
FROM ops.poll_log(%(after)s, %(most)s) AS polled;
