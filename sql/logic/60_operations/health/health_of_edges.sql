-- On a primary: whether its edges follow. On an edge: whether it hears its primary.
--
-- value is in megabytes of WAL that the primary keeps for the edge that is the furthest behind. A
-- primary that has nothing to say still sends a word every 30 seconds.
CREATE FUNCTION ops.health_of_edges() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_edge job.edge;
    v_heard double precision;
    v_edges bigint;
    v_lost text;
    v_away text;
BEGIN
    v_check.name := 'edges';
    v_check.unit := 'MB';
    v_check.state := 'ok';
    SELECT edge.* INTO v_edge FROM job.edge AS edge;
    IF FOUND THEN
        SELECT extract(EPOCH FROM clock_timestamp() - heard.last_msg_receipt_time) INTO v_heard
        FROM pg_catalog.pg_stat_subscription AS heard
        WHERE
            heard.subname = v_edge.subscription
            AND heard.relid IS NULL
            AND heard.received_lsn IS NOT NULL; -- one that was just started has heard nothing
        IF NOT v_edge.is_ready THEN
            v_check.state := 'bad';
            v_check.says := format('this edge of %s is not whole yet', v_edge.primary_name);
            v_check.remedy := 'run `pgstrike edge add` again';
        ELSIF v_heard IS NULL OR v_heard > 90 THEN
            v_check.state := 'bad';
            v_check.says := format('this edge does not hear its primary, %s', v_edge.primary_name);
            v_check.remedy := 'see whether the primary is up; `pgstrike edge status` says more';
        ELSE
            v_check.says := format(
                'this edge heard %s %s s ago', v_edge.primary_name, round(v_heard)
            );
        END IF;
        RETURN v_check;
    END IF;
    SELECT
        count(*),
        max(pg_wal_lsn_diff(pg_current_wal_lsn(), slot.restart_lsn)) / 1048576,
        string_agg(slot.slot_name, ', ') FILTER (WHERE slot.wal_status = 'lost'),
        string_agg(slot.slot_name, ', ') FILTER (WHERE NOT slot.active)
    INTO v_edges, v_check.value, v_lost, v_away
    FROM pg_catalog.pg_replication_slots AS slot
    WHERE
        slot.database = current_database()
        AND starts_with(slot.slot_name::text, 'pgstrike_edge_');
    v_check.says := CASE v_edges
        WHEN 0 THEN 'there are no edges'
        ELSE format('edges: %s, at most %s MB behind', v_edges, round(v_check.value))
    END;
    IF v_lost IS NOT NULL THEN
        v_check.state := 'bad';
        v_check.says := format('the primary has dropped what these edges lack: %s', v_lost);
        v_check.remedy := 'there run `pgstrike edge remove`, and add it to a new database';
    ELSIF v_away IS NOT NULL THEN
        v_check.state := 'warn';
        v_check.says := format(
            'these edges are away, and %s MB of WAL are kept for them: %s',
            round(v_check.value), v_away
        );
        v_check.remedy := 'start them, or run `pgstrike edge remove` there';
    END IF;
    RETURN v_check;
END;
$$;
