-- The alerts whose SELECT is to be run now, for which symbol, and the newest event that says so.
--
-- Keys take turns, and of each the alert that was looked at longest ago comes first: so one whose
-- SELECTs are slow holds up its own. An alert is due once for all events since its last look. A new
-- one is due at once. A symbol without a quote has no time of the market, and waits. A log that was
-- rewound begins anew.
CREATE FUNCTION ops.due_alerts(
    OUT alert bigint, OUT key text, OUT name text, OUT set_at timestamptz, OUT statement text,
    OUT symbol text, OUT clock timestamptz, OUT event bigint
) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
SELECT
    alert.id, alert.key, alert.name, alert.set_at, alert.statement, instrument.symbol,
    instrument.clock, newest.event
FROM job.alert AS alert
CROSS JOIN ops.event_position() AS position
LEFT JOIN job.api_key AS holder ON alert.key = holder.name
INNER JOIN fo.instrument AS instrument
    ON
        instrument.clock IS NOT NULL
        AND (alert.symbols IS NULL OR instrument.symbol = ANY(alert.symbols))
        AND (holder.symbols IS NULL OR instrument.symbol = ANY(holder.symbols))
LEFT JOIN job.alert_state AS state
    ON alert.id = state.alert AND instrument.symbol = state.symbol
CROSS JOIN
    LATERAL (
        SELECT
            CASE
                WHEN state.event IS NULL OR state.event > position.newest THEN position.newest
                ELSE (
                    SELECT max(event.id)
                    FROM fo.event AS event
                    WHERE
                        event.id > state.event
                        AND event.topic = ANY(alert.topics)
                        -- A SELECT that fails writes to the log, and would be due for ever.
                        AND (
                            event.topic <> 'ops'
                            OR event.payload ->> 'kind' IS DISTINCT FROM 'log'
                        )
                        AND (event.symbol IS NULL OR event.symbol = instrument.symbol)
                )
            END AS event
    ) AS newest
WHERE
    alert.is_on
    AND newest.event IS NOT NULL
    AND (alert.key = '*' OR (holder.name IS NOT NULL AND holder.revoked_at IS NULL))
ORDER BY
    row_number() OVER (
        PARTITION BY alert.key ORDER BY state.event NULLS FIRST, alert.id, instrument.symbol
    ),
    state.event NULLS FIRST, alert.id;
$$;
