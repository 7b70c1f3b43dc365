-- What an item of a watchlist names, in the columns of job.watchlist_item; refused by its member.
--
-- A date has to be a live expiry, and a strike of a date or role one of its strikes. A role that no
-- expiry has yet passes.
CREATE FUNCTION ops.watchlist_item(
    p_item jsonb, OUT symbol text, OUT expiry text,
    OUT levels integer, OUT lowest double precision, OUT highest double precision
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_members constant text[] := '{symbol,expiry,strikes,strike}';
    v_strikes text := p_item ->> 'strikes';
    v_strike text := p_item ->> 'strike';
    v_wrong text;
    v_date date;
BEGIN
    SELECT sent.member INTO v_wrong
    FROM jsonb_each(p_item) AS sent (member, value)
    WHERE
        sent.member <> ALL(c_members)
        OR jsonb_typeof(sent.value) NOT IN (
            CASE sent.member WHEN 'strike' THEN 'number' ELSE 'string' END, 'null'
        )
    LIMIT 1;
    IF FOUND THEN
        PERFORM ops.refuse_call(
            'bad_items',
            format('"%s" is unknown, or of another type', left(v_wrong, 80)),
            'Send symbol, expiry and strikes as texts, or strike as a number.', left(v_wrong, 80)
        );
    ELSIF num_nonnulls(v_strikes, v_strike) = 2 THEN
        PERFORM ops.refuse_call(
            'repeated_parameter', 'strike says the same as strikes', 'Send one of them.', 'strike'
        );
    ELSIF NOT coalesce(v_strike::numeric BETWEEN 0 AND 999999999, TRUE) THEN
        PERFORM ops.refuse_call(
            'bad_strike', format('strike is %s', left(v_strike, 80)), 'Send one that is listed.',
            'strike'
        );
    END IF;
    symbol := p_item ->> 'symbol';
    PERFORM ops.check_known('symbol', symbol, ops.readable_symbols());
    expiry := p_item ->> 'expiry';
    IF coalesce(expiry !~ '^(front|next|all|\d{4}-\d\d-\d\d)$', TRUE) THEN
        PERFORM ops.refuse_call(
            'bad_expiry', format('expiry is %s', coalesce('"' || left(expiry, 80) || '"', 'NULL')),
            'Send a date, such as 2025-09-02, or front, next or all.', 'expiry'
        );
    ELSIF expiry IN ('front', 'next') THEN
        v_date := (ops.expiries_watched(expiry, ops.known_expiries(symbol)))[1];
    ELSIF expiry <> 'all' THEN
        v_date := ops.expiry_named(symbol, expiry, NULL);
        PERFORM ops.check_known_expiries(symbol, ARRAY[v_date], TRUE);
    END IF;
    IF v_strike IS NULL THEN
        SELECT named.* INTO levels, lowest, highest
        FROM ops.strikes_watched(v_strikes) AS named;
    ELSE
        lowest := v_strike;
        highest := v_strike;
        IF v_date IS NOT NULL THEN
            PERFORM ops.check_known_strike(symbol, v_date, lowest);
        END IF;
    END IF;
END;
$$;
