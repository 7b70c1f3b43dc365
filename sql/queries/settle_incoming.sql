-- The answer to lines that were noted, as JSON; NULL where there is none yet.
SELECT ops.settle_incoming(%(id)s, %(withdraw)s)::text AS answer;
