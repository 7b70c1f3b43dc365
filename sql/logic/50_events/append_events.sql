-- Append events and notify the listeners, as the transaction's last act. Returns the last id.
--
-- The arrays are parallel; a body is a JSON object without id and epoch. The counter's row stays
-- locked until the transaction ends, so ids are contiguous and in commit order, which holds in
-- READ COMMITTED only: elsewhere a writer that waited would fail instead of counting on.
CREATE FUNCTION ops.append_events(
    p_topics text[], p_symbols text[], p_expiries date[], p_bodies text[]
) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_epoch text := ops.epoch();
    v_channel text := (SELECT installation.channel FROM job.installation AS installation);
    v_last bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'events are appended in READ COMMITTED only';
    END IF;
    UPDATE job.event_counter AS counter
    SET
        last_id = counter.last_id + cardinality(p_bodies),
        timeline = ops.timeline(),
        change_id = CASE
            WHEN p_topics && ARRAY['chain', 'rollup'] THEN counter.last_id + cardinality(p_bodies)
            ELSE counter.change_id
        END
    RETURNING counter.last_id INTO v_last;
    WITH numbered AS (
        SELECT
            v_last - cardinality(p_bodies) + body.place AS id,
            body.topic, body.symbol, body.expiry, body.body
        FROM
            unnest(p_topics, p_symbols, p_expiries, p_bodies)
            WITH ORDINALITY AS body (topic, symbol, expiry, body, place)
    ),

    event AS (
        INSERT INTO fo.event (id, epoch, topic, symbol, expiry, payload)
        SELECT
            numbered.id, v_epoch, numbered.topic, numbered.symbol, numbered.expiry,
            format('{"id":%s,"epoch":"%s",%s', numbered.id, v_epoch, substr(numbered.body, 2))::json
        FROM numbered
        ORDER BY numbered.id
        RETURNING id, payload
    )

    SELECT max(sent.id) INTO v_last
    FROM (
        SELECT event.id, pg_notify(v_channel, event.payload::text)
        FROM event
        ORDER BY event.id
    ) AS sent;
    RETURN v_last;
END;
$$;
