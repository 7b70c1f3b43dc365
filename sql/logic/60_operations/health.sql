-- What /health judges by. One row; nothing in it costs more as history grows.
--
-- It runs as the owner, who sees what sessions do, and acts for no reader. waiting_seconds is how
-- long the oldest change waits that the snapshot does not show; stale_seconds how long, beyond the
-- rollup's pause, the oldest stale bucket waits; both are NULL where nothing waits, and wrong where
-- the wall clock jumped. blockers and queue_holders are looked for only where there is a cause.
-- events_behind, by symbol, counts 10,000 events at most. A plan made while little waits is
-- kept, and would read all that waits later: so none reads a table whole.
CREATE FUNCTION ops.health(
    OUT epoch text, OUT newest bigint, OUT version bigint, OUT event_id bigint,
    OUT refreshed_at text, OUT symbols json,
    OUT waiting_seconds float8,
    OUT stale_id bigint, OUT stale_rollup text, OUT stale_seconds float8, OUT pause_seconds float8,
    OUT is_scheduled boolean, OUT failures text[], OUT is_disk_full boolean,
    OUT blockers text[], OUT queue_usage float8, OUT queue_holders text[],
    OUT data_directory text, OUT stale_feeds text[], OUT calendar_doubts text[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
    v_change bigint;
BEGIN
    SELECT
        ops.epoch(), counter.last_id, counter.change_id,
        shown.version, shown.event_id, to_json(shown.refreshed_at) #>> '{}'
    INTO epoch, newest, v_change, version, event_id, refreshed_at
    FROM job.event_counter AS counter
    CROSS JOIN fo.snapshot_version AS shown;
    symbols := ops.symbols_behind(event_id);
    IF v_change > event_id THEN
        waiting_seconds := extract(
            EPOCH FROM clock_timestamp() - ops.waiting_since(event_id, v_change)
        );
    END IF;
    -- Buckets that pause stand in front, for a minute at most; then the oldest ones tell.
    SELECT
        stale.id, stale.rollup, extract(EPOCH FROM rollup.pause),
        extract(EPOCH FROM clock_timestamp() - stale.noted_at - rollup.pause)
    INTO stale_id, stale_rollup, pause_seconds, stale_seconds
    FROM (
        SELECT every.*
        FROM job.stale_bucket AS every
        ORDER BY every.id
        LIMIT 1000
    ) AS stale
    INNER JOIN job.rollup AS rollup ON stale.rollup = rollup.rollup
    ORDER BY stale.noted_at + rollup.pause
    LIMIT 1;
    is_scheduled := ops.is_scheduled();
    SELECT failed.failures, failed.is_disk_full INTO failures, is_disk_full
    FROM ops.failed_jobs() AS failed;
    blockers := CASE
        WHEN waiting_seconds IS NOT NULL OR stale_id IS NOT NULL THEN ops.blockers() ELSE '{}'
    END;
    queue_usage := pg_notification_queue_usage();
    queue_holders := CASE
        WHEN queue_usage > 0.05 THEN ops.queue_holders() ELSE '{}'
    END;
    SELECT coalesce(array_agg(feed.says ORDER BY feed.says), '{}') INTO stale_feeds
    FROM (
        SELECT
            instrument.symbol || ' since '
            || to_char(instrument.stale_since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                AS says
        FROM fo.instrument AS instrument
        WHERE instrument.stale_since IS NOT NULL
        ORDER BY instrument.symbol
        LIMIT 10
    ) AS feed;
    SELECT coalesce(array_agg(doubt.says ORDER BY doubt.says), '{}') INTO calendar_doubts
    FROM (
        SELECT instrument.exchange || ' ' || noted.session AS says
        FROM job.calendar_doubt AS noted
        INNER JOIN fo.instrument AS instrument ON noted.symbol = instrument.symbol
        WHERE noted.session > instrument.clock - interval '30 days'
        GROUP BY instrument.exchange, noted.session
        ORDER BY noted.session DESC
        LIMIT 10
    ) AS doubt;
    IF pg_has_role('pg_read_all_settings', 'USAGE') THEN
        data_directory := current_setting('data_directory');
    END IF;
END;
$$;
