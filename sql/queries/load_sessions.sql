SELECT
    ops.load_sessions(
        %s, %s::date, %s::date, %s, %s::date[], %s::time[], %s::time[], %s::text[], %s::text[]
    ) AS loaded;
