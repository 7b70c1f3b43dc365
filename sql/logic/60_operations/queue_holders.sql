-- The sessions that most likely hold the NOTIFY queue, the longest quiet first, in a few words.
CREATE FUNCTION ops.queue_holders() RETURNS text[]
LANGUAGE sql VOLATILE AS $$
SELECT
    coalesce(array_agg(concat_ws(
        ' ',
        'pid', holder.pid, 'of role', holder.role,
        '(' || holder.state || ' for ' || round(extract(EPOCH FROM holder.quiet)) || ' s)',
        CASE WHEN holder.is_ours THEN 'a listener of an api' END,
        CASE WHEN holder.is_ours AND NOT holder.can_end THEN 'that jobs may not end' END
    ) ORDER BY holder.quiet DESC NULLS LAST), '{}')
FROM (
    SELECT *
    FROM ops.queue_holder AS every
    WHERE every.quiet > interval '5 seconds' OR (every.is_ours AND every.quiet IS NULL)
    ORDER BY every.quiet DESC NULLS LAST
    LIMIT 3
) AS holder;
$$;
