SELECT
    instrument.symbol,
    instrument.clock,
    format(
        '%s  %s IST  %s strikes  underlying %s  PCR %s  %s  events %s',
        rpad(instrument.symbol, 10),
        to_char(instrument.clock AT TIME ZONE 'Asia/Kolkata', 'YYYY-MM-DD HH24:MI:SS'),
        lpad(count(*)::text, 4),
        to_char(min(live.underlying), 'FM9999990.00'),
        to_char(sum(live.put_oi) / nullif(sum(live.call_oi), 0), 'FM990.000'),
        CASE
            -- The past is stored faster than it is refreshed.
            WHEN instrument.clock - max(live.quote_time) > interval '15 minutes' THEN 'catching up'
            ELSE format(
                'age %s s', extract(EPOCH FROM instrument.clock - max(live.quote_time))::integer
            )
        END,
        (SELECT counter.last_id FROM job.event_counter AS counter)
    ) AS line
FROM fo.instrument AS instrument
INNER JOIN fo.latest_snapshot AS live
    ON instrument.symbol = live.symbol AND live.timeframe = 'live'
GROUP BY instrument.symbol, instrument.clock
ORDER BY instrument.symbol;
