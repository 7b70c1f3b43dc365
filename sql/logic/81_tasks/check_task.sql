-- Refuse a task that the caller may not ask for, of an unknown kind, or with wrong names.
--
-- A symbol that the caller may not read is as unknown as one that there is not; a kind for
-- administrators may be about one that is not known yet, such as an archived one. Other values are
-- checked by the JSON Schema of the kind: by the api before, and by the worker.
CREATE FUNCTION ops.check_task(p_kind text, p_arguments jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_most constant integer := 10000;
    v_kind job.task_kind;
    v_rights record := ops.reader_rights();
    v_name text;
BEGIN
    PERFORM ops.check_readable_topic('task');
    SELECT * INTO v_kind
    FROM job.task_kind AS kind
    WHERE kind.name = p_kind;
    IF NOT FOUND THEN
        PERFORM ops.refuse_call(
            'unknown_kind', format('there is no kind of task "%s"', p_kind),
            coalesce(
                'Ask for one of these: ' || (
                    SELECT string_agg(known.name, ', ' ORDER BY known.name)
                    FROM job.task_kind AS known
                ) || '.',
                'Start `pgstrike run`, which says what kinds there are.'
            )
        );
    END IF;
    IF NOT v_kind.is_for_readers AND NOT v_rights.is_admin THEN
        PERFORM ops.refuse_call(
            'not_allowed', format('a task of kind %s is for administrators', p_kind),
            'Use the key of an administrator.'
        );
    END IF;
    IF jsonb_typeof(p_arguments) IS DISTINCT FROM 'object'
        OR length(p_arguments::text) > c_most
    THEN
        PERFORM ops.refuse_call(
            'bad_argument',
            format('the arguments are no JSON object of at most %s letters', c_most),
            'Send an object of names and values.'
        );
    END IF;
    SELECT name INTO v_name
    FROM jsonb_object_keys(p_arguments) AS name
    WHERE NOT v_kind.schema -> 'properties' ? name
    LIMIT 1;
    IF FOUND THEN
        PERFORM ops.refuse_call(
            'bad_argument', format('kind %s has no argument %s', p_kind, v_name),
            'It has these: ' || (
                SELECT string_agg(name, ', ')
                FROM jsonb_object_keys(v_kind.schema -> 'properties') AS name
            ) || '.'
        );
    END IF;
    SELECT name INTO v_name
    FROM jsonb_array_elements_text(coalesce(v_kind.schema -> 'required', '[]')) AS name
    WHERE NOT p_arguments ? name
    LIMIT 1;
    IF FOUND THEN
        PERFORM ops.refuse_call(
            'bad_argument', format('kind %s needs the argument %s', p_kind, v_name),
            format(
                'Send %s.',
                coalesce(v_kind.schema -> 'properties' -> v_name ->> 'description', v_name)
            )
        );
    END IF;
    FOR v_name IN
        SELECT named.symbol #>> '{}'
        FROM
            (VALUES ('$.symbol'::jsonpath), ('$.symbols[*]')) AS place (path)
        CROSS JOIN LATERAL jsonb_path_query(p_arguments, place.path) AS named (symbol)
        WHERE
            jsonb_typeof(named.symbol) = 'string'
            AND (v_kind.is_for_readers OR v_rights.symbols IS NOT NULL)
    LOOP
        PERFORM ops.check_known('symbol', v_name, ops.readable_symbols());
    END LOOP;
END;
$$;
