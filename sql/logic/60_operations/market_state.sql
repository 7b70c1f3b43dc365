-- Where the market, the snapshot and the log of events stand, for /health. One row.
--
-- It runs as the owner, and acts for no reader. events_behind, by symbol, counts 10,000 events at
-- most.
CREATE FUNCTION ops.market_state(
    OUT epoch text, OUT newest bigint, OUT version bigint, OUT event_id bigint,
    OUT refreshed_at text, OUT symbols json
)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
SELECT
    ops.epoch(),
    counter.last_id,
    shown.version,
    shown.event_id,
    to_json(shown.refreshed_at) #>> '{}',
    ops.symbols_behind(shown.event_id)
FROM job.event_counter AS counter
CROSS JOIN fo.snapshot_version AS shown;
$$;
