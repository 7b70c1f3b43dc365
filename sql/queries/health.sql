-- What /health reports: where the market stands, and the checks as JSON. One row.
SELECT
    state.epoch,
    state.newest,
    state.version,
    state.event_id,
    state.refreshed_at,
    state.symbols,
    ops.data_directory() AS data_directory,
    (
        SELECT json_agg(found)
        FROM ops.health(%(late_seconds)s, %(waited)s::jsonb, %(free_mb)s) AS found
    ) AS checks
FROM ops.market_state() AS state;
