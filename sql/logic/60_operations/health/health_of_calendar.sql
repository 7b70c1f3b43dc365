-- On which days of the last 30 a feed moved although the calendar has its exchange closed.
--
-- The sentence names the newest 10 of them.
CREATE FUNCTION ops.health_of_calendar() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_days text;
BEGIN
    SELECT
        count(*), string_agg(doubt.says, ', ' ORDER BY doubt.says) FILTER (WHERE doubt.place <= 10)
    INTO v_check.value, v_days
    FROM (
        SELECT
            instrument.exchange || ' ' || noted.session AS says,
            row_number() OVER (ORDER BY noted.session DESC, instrument.exchange ASC) AS place
        FROM job.calendar_doubt AS noted
        INNER JOIN fo.instrument AS instrument ON noted.symbol = instrument.symbol
        WHERE noted.session > instrument.clock - interval '30 days'
        GROUP BY instrument.exchange, noted.session
    ) AS doubt;
    v_check.name := 'calendar';
    v_check.unit := 'days';
    v_check.bad_at := 0;
    v_check.state := ops.state_of(v_check.value, 0, 0);
    IF v_days IS NULL THEN
        v_check.says := 'no feed contradicts the calendar';
    ELSE
        v_check.says := format('a feed moves while the calendar has %s closed', v_days);
        v_check.remedy := 'say when it was open with `pgstrike calendar open`, '
        'or `pgstrike calendar close`';
    END IF;
    RETURN v_check;
END;
$$;
