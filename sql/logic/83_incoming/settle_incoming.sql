-- The answer to lines of the caller, which are forgotten then. NULL: there is none yet.
--
-- With p_withdraw, lines that no session stores yet are withdrawn: {"withdrawn": true}.
CREATE FUNCTION ops.settle_incoming(p_id bigint, p_withdraw boolean) RETURNS jsonb
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DELETE FROM job.incoming AS incoming
WHERE
    incoming.id = p_id
    AND incoming.key = ops.reader_name()
    AND (incoming.answer IS NOT NULL OR (p_withdraw AND NOT ops.is_held(incoming)))
RETURNING
    CASE
        WHEN incoming.answer IS NULL THEN '{"withdrawn": true}'
        WHEN incoming.answer ? 'event_id'
            THEN incoming.answer - 'event_id' || jsonb_build_object(
                'event', concat_ws(':', ops.epoch(), incoming.answer ->> 'event_id')
            )
        ELSE incoming.answer
    END;
$$;
