-- What has to be said of a model wherever it is shown; NULL where nothing has.
CREATE FUNCTION ops.model_warning(p_model bigint) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT string_agg(fault.says, '; ' ORDER BY fault.place)
FROM ops.model_faults(p_model) WITH ORDINALITY AS fault (kind, says, place);
$$;
