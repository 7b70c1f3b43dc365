-- Tell the listeners of a change which no event tells of: what they keep may be old.
--
-- p_kind is rights, or data: calendars, lots, and quotes that are dropped or restored. They hear
-- each kind once for each transaction, when that is committed; job.change has it for standbys and
-- edges. That a transaction has noted it is in a setting, which ends with the transaction. An edge
-- has the rows of its primary, and adds none.
CREATE FUNCTION ops.tell_change(p_kind text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_noted text := 'pgstrike.noted_' || p_kind;
    v_own text := pg_current_xact_id()::text;
BEGIN
    IF current_setting(v_noted, TRUE) = v_own THEN
        RETURN;
    END IF;
    PERFORM set_config(v_noted, v_own, TRUE);
    PERFORM pg_notify(installation.channel, p_kind || ' changed')
    FROM job.installation AS installation;
    IF NOT EXISTS (SELECT FROM job.edge) THEN
        INSERT INTO job.change (kind) VALUES (p_kind);
    END IF;
END;
$$;
