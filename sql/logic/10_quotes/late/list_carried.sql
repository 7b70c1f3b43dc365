-- Recall the stored snapshots that carry the underlying of one which the batch changes.
--
-- Those are the snapshots of its session within 15 minutes after it, up to the next one in which
-- the feed brought the underlying. Only from a snapshot in which the feed brings it, or did so
-- before, is it carried. They are marked in pg_temp.batch_moment.
CREATE FUNCTION ops.list_carried() RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
DECLARE
    v_from timestamptz;
    v_to timestamptz;
BEGIN
    SELECT min(chain.quote_time), max(chain.quote_time) + interval '15 minutes'
    INTO v_from, v_to
    FROM pg_temp.batch_chain AS chain
    WHERE chain.reason IS NULL;
    WITH touched AS (
        SELECT
            chain.symbol, chain.quote_time, chain.session,
            bool_or(quote.in_session AND raw.underlying <> double precision 'NaN') AS is_fed
        FROM pg_temp.batch_quote AS quote
        INNER JOIN pg_temp.quote_batch AS raw ON quote.row_no = raw.row_no
        INNER JOIN pg_temp.batch_chain AS chain ON quote.chain = chain.chain
        GROUP BY chain.symbol, chain.quote_time, chain.session
        HAVING
            bool_or(
                quote.arrival IN ('new', 'correction')
                OR (quote.call_dropout, quote.put_dropout)
                IS DISTINCT FROM (quote.was_call_dropout, quote.was_put_dropout)
            )
    ),

    -- Materialized: or the planner takes all of the 15 minutes first.
    source AS MATERIALIZED (
        SELECT
            touched.symbol, touched.quote_time, touched.session,
            coalesce(next_fed.quote_time, 'infinity') AS until
        FROM touched
        LEFT JOIN LATERAL (
            SELECT moment.quote_time
            FROM fo.underlying_quote AS moment
            WHERE
                moment.symbol = touched.symbol
                AND moment.quote_time > touched.quote_time
                AND moment.quote_time <= touched.quote_time + interval '15 minutes'
                AND moment.quote_time BETWEEN v_from AND v_to -- spares the other chunks
                AND moment.fed_underlying IS NOT NULL
                AND moment.fed_by_expiry IS NULL -- else another expiry goes on
            ORDER BY moment.quote_time
            LIMIT 1
        ) AS next_fed ON TRUE
        WHERE
            touched.is_fed
            OR EXISTS (
                SELECT
                FROM fo.underlying_quote AS moment
                WHERE
                    moment.symbol = touched.symbol
                    AND moment.quote_time = touched.quote_time
                    AND moment.quote_time BETWEEN v_from AND v_to
                    AND moment.fed_underlying IS NOT NULL
            )
    ),

    carried AS MATERIALIZED (
        SELECT DISTINCT source.symbol, later.quote_time
        FROM source
        CROSS JOIN
            LATERAL (
                SELECT moment.quote_time
                FROM fo.underlying_quote AS moment
                WHERE
                    moment.symbol = source.symbol
                    AND moment.quote_time > source.quote_time
                    AND moment.quote_time <= source.quote_time + interval '15 minutes'
                    AND moment.quote_time < source.until
                    AND moment.quote_time BETWEEN v_from AND v_to
                    AND moment.session = source.session
                    AND moment.in_session
                -- keeps the planner to the index, source by source
                OFFSET 0
            ) AS later
    ),

    marked AS (
        UPDATE pg_temp.batch_moment AS known
        SET is_carried = TRUE
        FROM carried
        WHERE known.symbol = carried.symbol AND known.quote_time = carried.quote_time
        RETURNING known.symbol, known.quote_time
    )

    INSERT INTO pg_temp.batch_moment (symbol, quote_time, is_recalled, is_carried)
    SELECT carried.symbol, carried.quote_time, FALSE, TRUE
    FROM carried
    WHERE
        (carried.symbol, carried.quote_time) NOT IN (
            SELECT marked.symbol, marked.quote_time
            FROM marked
        );
    IF FOUND THEN
        PERFORM ops.recall_snapshots();
    END IF;
END;
$$;
