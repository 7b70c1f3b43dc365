SELECT ops.require_source(
    %(feed)s, %(attempt)s::integer, %(symbols)s::text[],
    ARRAY(
        SELECT timestamptz '2000-01-01T00:00Z' + own.time * interval '1 microsecond'
        FROM unnest(%(times)s::bigint[]) WITH ORDINALITY AS own (time, place)
        ORDER BY own.place
    )
)::text AS done;
