-- Note lines for `pgstrike run`; their id, NULL where none lives.
SELECT ops.add_incoming(%(lines)s) AS id;
