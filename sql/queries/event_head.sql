-- Where the log of events stands, and the symbols that events can be about. One row.
--
-- oldest is the id of the oldest event kept; newest + 1 where none is.
SELECT
    ops.epoch() AS epoch,
    position.oldest,
    position.newest,
    ops.readable_symbols() AS symbols
FROM ops.event_position() AS position;
