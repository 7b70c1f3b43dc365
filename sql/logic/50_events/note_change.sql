-- After a change of a table that no event tells of, tell the listeners. The argument is its kind.
--
-- For each row: a statement that changes none is nothing to tell, and batches have such.
CREATE FUNCTION ops.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF tg_op <> 'UPDATE' OR new IS DISTINCT FROM old THEN
        PERFORM ops.tell_change(tg_argv[0]);
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON job.api_key
FOR EACH ROW EXECUTE FUNCTION ops.note_change('rights');

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.session
FOR EACH ROW EXECUTE FUNCTION ops.note_change('data');

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.exchange
FOR EACH ROW EXECUTE FUNCTION ops.note_change('data');

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.exchange_hours
FOR EACH ROW EXECUTE FUNCTION ops.note_change('data');

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.contract_terms
FOR EACH ROW EXECUTE FUNCTION ops.note_change('data');

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.lot_revision
FOR EACH ROW EXECUTE FUNCTION ops.note_change('data');

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.symbol_alias
FOR EACH ROW EXECUTE FUNCTION ops.note_change('data');

CREATE TRIGGER note_change AFTER UPDATE OR DELETE ON fo.expiry
FOR EACH ROW EXECUTE FUNCTION ops.note_change('data');

CREATE TRIGGER note_change AFTER INSERT OR DELETE ON fo.instrument
FOR EACH ROW EXECUTE FUNCTION ops.note_change('data');

-- The other columns change with an event.
CREATE TRIGGER note_update AFTER UPDATE ON fo.instrument
FOR EACH ROW
WHEN (
    (
        old.exchange, old.tick, old.underlying_kind, old.volume_kind, old.oi_kind,
        old.exercise_style, old.raw_floor
    )
    IS DISTINCT FROM
    (
        new.exchange, new.tick, new.underlying_kind, new.volume_kind, new.oi_kind,
        new.exercise_style, new.raw_floor
    )
)
EXECUTE FUNCTION ops.note_change('data');
