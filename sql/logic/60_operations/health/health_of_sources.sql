-- Which live feeds that are on do not send in a session, and why.
CREATE FUNCTION ops.health_of_sources() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_check ops.health_check;
    v_feeds bigint;
    v_wrong text;
BEGIN
    SELECT
        count(*),
        count(*) FILTER (WHERE found.is_wrong),
        string_agg(
            concat(
                found.name, ' is ', found.state, ' since ',
                to_char(found.since, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ': ' || found.failure
            ), '; ' ORDER BY found.name
        ) FILTER (WHERE found.is_wrong)
    INTO v_feeds, v_check.value, v_wrong
    FROM (
        SELECT
            feed.name, feed.since, feed.failure, standing.state,
            standing.state IN ('stopped', 'refused') OR (
                standing.state IN ('waiting', 'connecting', 'silent')
                AND feed.since < clock_timestamp() - interval '10 seconds'
                AND EXISTS (
                    SELECT FROM fo.instrument AS instrument
                    CROSS JOIN
                        LATERAL ops.newest_opening(
                            instrument.exchange, clock_timestamp()
                        ) AS opening
                    WHERE
                        instrument.symbol = ANY(feed.symbols)
                        AND clock_timestamp() < opening.closes_at
                )
            ) AS is_wrong
        FROM job.feed AS feed
        CROSS JOIN
            LATERAL (
                SELECT
                    CASE
                        WHEN ops.is_driven(feed.holder, feed.holder_since) THEN feed.state
                        ELSE 'stopped'
                    END AS state
            ) AS standing
        WHERE feed.is_on
    ) AS found;
    v_check.name := 'sources';
    v_check.unit := 'feeds';
    v_check.bad_at := 0;
    v_check.state := ops.state_of(v_check.value, 0, 0);
    v_check.says := coalesce(
        v_wrong, format('of %s live feeds that are on, none fails', v_feeds)
    );
    IF v_wrong IS NOT NULL THEN
        v_check.remedy := 'do what the failure says; `pgstrike feed test NAME` tries it, and '
        '`pgstrike run` drives feeds';
    END IF;
    RETURN v_check;
END;
$$;
