-- Refuse a question about data of a topic that its reader may not read.
--
-- What is read of fo.expiry_metrics and its coarser series needs topic metrics; models and what
-- they predict, topic prediction; all other data of a market, whatever is computed of it, topic
-- chain. The other topics have events only.
CREATE FUNCTION ops.check_readable_topic(p_topic text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_topics text[] := ops.readable_topics();
BEGIN
    IF p_topic <> ALL(v_topics) THEN
        RAISE EXCEPTION 'the key is not for topic %', p_topic
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'topic_not_allowed',
                HINT = coalesce(
                    'Ask for what has one of its topics: '
                    || nullif(array_to_string(v_topics, ', '), '') || '.',
                    'It is for none.'
                );
    END IF;
END;
$$;
