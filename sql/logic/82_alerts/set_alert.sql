-- Set an alert of the caller's, new or in place of the one of that name. Its past firings stay.
--
-- Symbols and topics that the caller may not read are refused; sinks are for administrators.
CREATE FUNCTION ops.set_alert(
    p_name text, p_statement text, p_symbols text[] DEFAULT NULL,
    p_topics text[] DEFAULT '{chain}', p_cooldown_seconds double precision DEFAULT 0,
    p_sinks text[] DEFAULT '{}', p_is_on boolean DEFAULT TRUE
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_most constant integer := 50;
    v_key text := ops.reader_name();
    v_topics text[] := ops.readable_topics();
    v_wrong text;
    v_alert bigint;
BEGIN
    PERFORM ops.check_readable_topic('alert');
    IF p_name !~ '^[a-z0-9][a-z0-9_.-]{0,62}$' THEN
        PERFORM ops.refuse_call(
            'bad_name', format('"%s" is no name of an alert', left(p_name, 80)),
            'Send small letters, digits, and - . _ between them; at most 63.',
            'name'
        );
    END IF;
    IF NOT coalesce(p_cooldown_seconds BETWEEN 0 AND 2592000, FALSE) THEN
        PERFORM ops.refuse_call(
            'bad_cooldown', 'the cooldown is no number of seconds from 0 to 2592000',
            'Send seconds of the market, such as 300.',
            'cooldown'
        );
    END IF;
    SELECT wanted.topic INTO v_wrong
    FROM unnest(p_topics) AS wanted (topic)
    WHERE coalesce(wanted.topic IN ('task', 'alert') OR wanted.topic <> ALL(v_topics), TRUE)
    LIMIT 1;
    IF FOUND OR coalesce(cardinality(p_topics), 0) = 0 THEN
        PERFORM ops.refuse_call(
            'bad_topics', format('an alert of yours cannot follow topic "%s"', v_wrong),
            'Send some of ' || array_to_string(
                array_remove(array_remove(v_topics, 'task'), 'alert'), ', '
            ) || '.',
            'topics'
        );
    END IF;
    SELECT wanted.symbol INTO v_wrong
    FROM unnest(p_symbols) AS wanted (symbol)
    WHERE coalesce(wanted.symbol <> ALL(ops.readable_symbols()), TRUE)
    LIMIT 1;
    IF FOUND OR cardinality(p_symbols) = 0 THEN
        PERFORM ops.refuse_call(
            'unknown_symbol', format('unknown symbol "%s"', v_wrong),
            'Send symbols that the key may read, or leave them out for all of them.',
            'symbols'
        );
    END IF;
    IF cardinality(p_sinks) > 0 AND NOT (SELECT rights.is_admin FROM ops.reader_rights() AS rights)
    THEN
        PERFORM ops.refuse_call(
            'not_allowed', 'the sinks of an alert are for administrators',
            'Leave them out, and read topic alert; or use the key of an administrator.',
            'sinks'
        );
    END IF;
    PERFORM ops.check_alert(p_statement);
    IF NOT EXISTS (
        SELECT FROM job.alert AS alert
        WHERE alert.key = v_key AND alert.name = p_name
    ) AND (SELECT count(*) >= c_most FROM job.alert AS alert WHERE alert.key = v_key) THEN
        PERFORM ops.refuse_call(
            'too_many_alerts', format('the key has %s alerts already', c_most),
            'Remove some first.'
        );
    END IF;
    INSERT INTO job.alert AS alert (key, name, statement, symbols, topics, sinks, cooldown, is_on)
    VALUES (
        v_key, p_name, p_statement, p_symbols, p_topics, coalesce(p_sinks, '{}'),
        make_interval(secs => p_cooldown_seconds), coalesce(p_is_on, TRUE)
    )
    ON CONFLICT (key, name) DO UPDATE
        SET
            statement = excluded.statement,
            symbols = excluded.symbols,
            topics = excluded.topics,
            sinks = excluded.sinks,
            cooldown = excluded.cooldown,
            is_on = excluded.is_on,
            set_at = excluded.set_at
    RETURNING alert.id INTO v_alert;
    DELETE FROM job.alert_state AS state
    WHERE state.alert = v_alert;
END;
$$;
