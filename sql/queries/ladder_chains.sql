-- The live chains of some symbols with the figures of a ladder, in the form of live_chains.sql.
--
-- version is the id: the newest event that all of it includes.
SELECT
    ops.epoch() AS epoch,
    counter.last_id AS id,
    counter.last_id AS version,
    instrument.symbol,
    to_json(instrument.clock) #>> '{}' AS clock,
    chain.payload
FROM job.event_counter AS counter
CROSS JOIN analytics.instrument AS instrument
LEFT JOIN LATERAL (
    SELECT
        left(line.head, -1) || ',"rows":['
        || string_agg(line.figures, ',' ORDER BY line.strike) || ']}' AS payload
    FROM ops.ladder_row(instrument.symbol) AS line
    GROUP BY line.head
) AS chain ON TRUE
WHERE instrument.symbol = ANY(%(symbols)s);
