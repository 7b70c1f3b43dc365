-- The newest bars of some symbols' live chains, in the form of live_chains.sql.
--
-- version is that of the snapshot they are read from.
SELECT
    ops.epoch() AS epoch,
    counter.last_id AS id,
    version.version,
    instrument.symbol,
    to_json(instrument.clock) #>> '{}' AS clock,
    chain.payload
FROM job.event_counter AS counter
CROSS JOIN analytics.snapshot_version AS version
CROSS JOIN analytics.instrument AS instrument
LEFT JOIN LATERAL (
    SELECT
        left(line.head, -1) || ',"rows":['
        || string_agg(line.figures, ',' ORDER BY line.strike) || ']}' AS payload
    FROM ops.bar_row(instrument.symbol, %(timeframe)s) AS line
    GROUP BY line.head
) AS chain ON TRUE
WHERE instrument.symbol = ANY(%(symbols)s);
