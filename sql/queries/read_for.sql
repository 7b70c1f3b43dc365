-- For the rest of the transaction, act for the reader whose key is called so.
SELECT set_config('pgstrike.key', %s, TRUE);
