SELECT
    incoming.id,
    incoming.symbols,
    incoming.lines,
    incoming.attempt
FROM ops.take_incoming() AS incoming;
