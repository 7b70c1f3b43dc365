-- Refuse an unknown exchange; else whose holidays it keeps.
SELECT exchange.calendar
FROM fo.exchange AS exchange
WHERE ops.check_known_exchange(%(exchange)s) AND exchange.exchange = %(exchange)s;
