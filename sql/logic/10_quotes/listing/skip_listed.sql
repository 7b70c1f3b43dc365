-- Take out of pg_temp.listed_contract what cannot be stored. Returns counts by reason, as JSON.
CREATE FUNCTION ops.skip_listed() RETURNS json
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_skipped json;
BEGIN
    WITH skipped AS (
        DELETE FROM pg_temp.listed_contract AS listed
        WHERE
            listed.symbol !~ '^[A-Z0-9^.][A-Z0-9&._^-]{0,31}$'
            OR NOT EXISTS (
                SELECT FROM fo.exchange AS exchange
                WHERE exchange.exchange = listed.exchange
            )
        RETURNING
            CASE
                WHEN listed.symbol !~ '^[A-Z0-9^.][A-Z0-9&._^-]{0,31}$'
                    THEN 'a symbol that cannot be stored'
                ELSE 'exchange ' || listed.exchange
            END AS reason
    )

    SELECT json_object_agg(counted.reason, counted.contracts ORDER BY counted.reason)
    INTO v_skipped
    FROM (
        SELECT skipped.reason, count(*) AS contracts
        FROM skipped
        GROUP BY skipped.reason
    ) AS counted;
    RETURN coalesce(v_skipped, '{}');
END;
$$;
