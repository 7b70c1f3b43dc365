-- The alerts whose SELECT is to be run now.
SELECT
    due.alert,
    due.key,
    due.name,
    due.set_at,
    due.statement,
    due.symbol,
    due.clock,
    due.event
FROM ops.due_alerts() AS due;
