-- Set what a feed is asked for, new or in place of the one of that name.
CREATE FUNCTION ops.set_feed(
    p_name text, p_kind text, p_symbols text[], p_options jsonb, p_position integer,
    p_is_on boolean
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_wrong text;
BEGIN
    IF p_name !~ '^[a-z0-9][a-z0-9_.-]{0,62}$' THEN
        PERFORM ops.refuse_call(
            'bad_name', format('"%s" is no name of a feed', left(p_name, 80)),
            'Send small letters, digits, and - . _ between them; at most 63.',
            'name'
        );
    END IF;
    SELECT option.name INTO v_wrong
    FROM jsonb_each(p_options) AS option (name, value)
    WHERE jsonb_typeof(option.value) <> 'string'
    LIMIT 1;
    IF FOUND THEN
        PERFORM ops.refuse_call(
            'bad_option', format('option %s is no text', v_wrong),
            format('Write each option as a text, such as {"%s": "2"}.', v_wrong),
            'options'
        );
    END IF;
    SELECT option.name INTO v_wrong
    FROM jsonb_object_keys(p_options) AS option (name)
    WHERE option.name ~* '(secret|token|password|passwd|api_?key|totp)'
    LIMIT 1;
    IF FOUND THEN
        PERFORM ops.refuse_call(
            'secret_option', format('option %s looks like a secret', v_wrong),
            'Secrets are read from the environment or a file: see docs/feeds.md.',
            'options'
        );
    END IF;
    -- An address may hold one too: before the host, or in its query.
    SELECT option.name INTO v_wrong
    FROM jsonb_each_text(p_options) AS option (name, value)
    WHERE
        option.value ~ '^[a-z][a-z0-9+.-]*://[^/?#]*@'
        OR option.value
        ~* '://.*[?&#][^=&]*(secret|token|password|passwd|key|auth|signature|totp)[^=&]*='
    LIMIT 1;
    IF FOUND THEN
        PERFORM ops.refuse_call(
            'secret_option', format('the address of option %s has a secret in it', v_wrong),
            'Secrets are read from the environment or a file: see docs/feeds.md.',
            'options'
        );
    END IF;
    SELECT wanted.symbol INTO v_wrong
    FROM unnest(p_symbols) AS wanted (symbol)
    LEFT JOIN fo.instrument AS instrument ON wanted.symbol = instrument.symbol
    WHERE instrument.symbol IS NULL
    LIMIT 1;
    IF FOUND OR cardinality(p_symbols) = 0 THEN
        PERFORM ops.refuse_call(
            'unknown_symbol', format('unknown symbol "%s"', v_wrong),
            'Name known symbols, or say on which --exchange the new ones are.',
            'symbols'
        );
    END IF;
    INSERT INTO job.feed AS feed (name, kind, symbols, options, position, is_on)
    VALUES (p_name, p_kind, p_symbols, p_options, p_position, p_is_on)
    ON CONFLICT (name) DO UPDATE
        SET
            kind = excluded.kind,
            symbols = excluded.symbols,
            options = excluded.options,
            position = excluded.position,
            is_on = excluded.is_on,
            set_at = excluded.set_at;
END;
$$;
