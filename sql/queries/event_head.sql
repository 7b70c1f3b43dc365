-- Where the log of events stands, and the symbols that events can be about. One row.
--
-- oldest is the id of the oldest event kept; newest + 1 where none is.
SELECT
    ops.epoch() AS epoch,
    coalesce(
        (SELECT min(event.id) FROM fo.event AS event), counter.last_id + 1
    ) AS oldest,
    counter.last_id AS newest,
    ARRAY(SELECT instrument.symbol FROM fo.instrument AS instrument) AS symbols
FROM job.event_counter AS counter;
