-- After a change of a table that no event tells of, tell the listeners.
CREATE FUNCTION ops.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ops.tell_change();
    RETURN NULL;
END;
$$;

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON job.api_key
FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change();

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.session
FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change();

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.exchange
FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change();

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.exchange_hours
FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change();

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.contract_terms
FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change();

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.lot_revision
FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change();

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON fo.symbol_alias
FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change();

CREATE TRIGGER note_change AFTER UPDATE OR DELETE ON fo.expiry
FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change();

-- The other columns change with an event.
CREATE TRIGGER note_change
AFTER INSERT OR DELETE OR UPDATE OF
exchange, tick, underlying_kind, volume_kind, oi_kind, raw_floor ON fo.instrument
FOR EACH STATEMENT EXECUTE FUNCTION ops.note_change();
