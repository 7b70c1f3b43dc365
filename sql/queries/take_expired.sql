-- Take back the quotes of a symbol and time that an earlier correction of the calendar made expire.
DELETE FROM fo.quote_reject AS reject
WHERE
    reject.symbol = %(symbol)s
    AND reject.source = %(source)s
    AND reject.reason = 'expired'
    -- In a CASE: rows of other sources may be no JSON.
    AND CASE
        WHEN reject.source = %(source)s
            THEN (reject.row::jsonb ->> 'quote_time')::timestamptz
    END
    BETWEEN %(from)s AND %(to)s::timestamptz - interval '1 microsecond'
RETURNING reject.row;
