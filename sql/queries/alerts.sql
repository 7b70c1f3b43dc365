-- Alerts as JSON, of one name or all (NULL): the reader's own first. One row each.
SELECT
    convert_to(json_build_object(
        'name', alert.name,
        'key', alert.key,
        'statement', alert.statement,
        'symbols', alert.symbols,
        'topics', alert.topics,
        'sinks', alert.sinks,
        'cooldown', alert.cooldown_seconds,
        'is_on', alert.is_on,
        'set_at', alert.set_at,
        'has_rows', alert.has_rows,
        'fired_at', alert.fired_at,
        'firings', alert.firings,
        'error', alert.error
    )::text, 'UTF8') AS body
FROM ops.alerts(%(name)s::text) AS alert;
