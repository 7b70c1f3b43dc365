-- The number of the newest change of what is known of a symbol up to an instant; 0 for none.
CREATE FUNCTION ops.past_number(
    p_symbol text, p_source text, p_at timestamptz
) RETURNS bigint
LANGUAGE sql STABLE AS $$
SELECT
    coalesce(
        (
            SELECT known.change
            FROM job.past_change AS known
            WHERE
                known.symbol = p_symbol
                AND known.source = p_source
                AND known.from_time <= p_at
            ORDER BY known.from_time DESC
            LIMIT 1
        ),
        0
    );
$$;
