-- Set a watchlist of the caller's, new or in place of the one of that name. Returns whether new.
--
-- p_items is an array of objects, in order: symbol; expiry, which is a date, front, next or all;
-- and strikes (as everywhere: atm:5, 24000..25000) or strike, or neither for all. What the caller
-- may not read is as unknown as what does not exist.
CREATE FUNCTION ops.set_watchlist(p_name text, p_items jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_most constant integer := 50;
    c_most_items constant integer := 500;
    v_key text := ops.reader_name();
    v_is_new boolean;
    v_list bigint;
BEGIN
    PERFORM ops.check_readable_topic('chain');
    IF coalesce(p_name !~ '^[a-z0-9][a-z0-9_.-]{0,62}$', TRUE) THEN
        PERFORM ops.refuse_call(
            'bad_name', format('"%s" is no name of a watchlist', left(p_name, 80)),
            'Send small letters, digits, and - . _ between them; at most 63.',
            'name'
        );
    ELSIF coalesce(jsonb_typeof(p_items) <> 'array', TRUE) THEN
        PERFORM ops.refuse_call(
            'bad_items', 'the items are no array', 'Send an array of objects.', 'items'
        );
    ELSIF jsonb_array_length(p_items) > c_most_items THEN
        PERFORM ops.refuse_call(
            'too_many_items', format('a watchlist has at most %s items', c_most_items),
            'Send fewer, or several lists.',
            'items'
        );
    END IF;
    v_is_new := NOT EXISTS (
        SELECT FROM job.watchlist AS list
        WHERE list.key = v_key AND list.name = p_name
    );
    IF v_is_new AND (
        SELECT count(*) >= c_most FROM job.watchlist AS list
        WHERE list.key = v_key
    ) THEN
        PERFORM ops.refuse_call(
            'too_many_watchlists', format('the key has %s watchlists already', c_most),
            'Remove some first.'
        );
    END IF;
    INSERT INTO job.watchlist AS list (key, name)
    VALUES (v_key, p_name)
    ON CONFLICT (key, name) DO UPDATE
        SET set_at = excluded.set_at
    RETURNING list.id INTO v_list;
    DELETE FROM job.watchlist_item AS item
    WHERE item.watchlist = v_list;
    PERFORM ops.add_watchlist_item(v_list, sent.place::integer, sent.item)
    FROM jsonb_array_elements(p_items) WITH ORDINALITY AS sent (item, place);
    RETURN v_is_new;
END;
$$;
