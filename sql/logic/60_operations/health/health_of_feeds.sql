-- How old the feeds' data is: since it moved, and since it was read (see ops.watch_feeds).
--
-- value is of the feed that has stood still the longest, or where none does, of the one that moved
-- last. The sentence names the first 10 that stand still.
CREATE FUNCTION ops.health_of_feeds() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_check ops.health_check;
    v_feeds bigint;
    v_stale text;
    v_since timestamptz;
BEGIN
    SELECT count(*), max(instrument.moved_at) INTO v_feeds, v_since
    FROM fo.instrument AS instrument
    WHERE instrument.moved_at IS NOT NULL;
    SELECT
        string_agg(format(
            '%s since %s (read at %s)', feed.symbol,
            to_char(feed.stale_since, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            to_char(feed.clock, 'HH24:MI:SS"Z"')
        ), ', ' ORDER BY feed.place) FILTER (WHERE feed.place <= 10),
        coalesce(min(feed.stale_since), v_since)
    INTO v_stale, v_since
    FROM (
        SELECT
            instrument.symbol, instrument.stale_since, instrument.clock,
            row_number() OVER (ORDER BY instrument.symbol) AS place
        FROM fo.instrument AS instrument
        WHERE instrument.stale_since IS NOT NULL
    ) AS feed;
    v_check.name := 'feeds';
    v_check.unit := 'seconds';
    v_check.bad_at := 300;
    v_check.value := greatest(extract(EPOCH FROM clock_timestamp() - v_since), 0);
    IF v_stale IS NULL THEN
        v_check.state := 'ok';
        v_check.says := CASE
            WHEN v_feeds = 0 THEN 'there are no quotes yet'
            ELSE format('no feed of %s stands still in a session', v_feeds)
        END;
    ELSE
        v_check.state := 'bad';
        v_check.says := format(
            'the data of %s has not moved for 5 minutes of a session', v_stale
        );
        v_check.remedy := 'look at the feed, or at `pgstrike calendar`';
    END IF;
    RETURN v_check;
END;
$$;
