SELECT set_config('pgstrike.key', %s, FALSE);
