-- Put an item into a watchlist; what is wrong with it is told with its place: items[0].symbol.
CREATE FUNCTION ops.add_watchlist_item(
    p_watchlist bigint, p_place integer, p_item jsonb
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_name text := format('items[%s]', p_place - 1);
    v_code text;
    v_message text;
    v_hint text;
    v_member text;
BEGIN
    IF jsonb_typeof(p_item) <> 'object' THEN
        PERFORM ops.refuse_call(
            'bad_items', v_name || ' is no object', 'Send objects with symbol and expiry.', v_name
        );
    END IF;
    BEGIN
        INSERT INTO job.watchlist_item (
            watchlist, place, symbol, expiry, levels, lowest, highest
        )
        SELECT
            p_watchlist, p_place, named.symbol, named.expiry, named.levels, named.lowest,
            named.highest
        FROM ops.watchlist_item(p_item) AS named;
    EXCEPTION
        WHEN invalid_parameter_value THEN
            GET STACKED DIAGNOSTICS
                v_code = CONSTRAINT_NAME, v_message = MESSAGE_TEXT, v_hint = PG_EXCEPTION_HINT,
                v_member = COLUMN_NAME;
            PERFORM ops.refuse_call(
                v_code, format('%s: %s', v_name, v_message), v_hint,
                format(
                    '%s.%s', v_name,
                    coalesce(nullif(v_member, ''), regexp_replace(v_code, '^[a-z]+_', ''))
                )
            );
    END;
END;
$$;
