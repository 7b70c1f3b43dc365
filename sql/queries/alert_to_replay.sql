-- An alert of a key, with the symbols it is for that the key may read now.
SELECT
    alert.statement,
    alert.cooldown,
    alert.topics,
    ARRAY(
        SELECT instrument.symbol
        FROM fo.instrument AS instrument
        WHERE
            instrument.clock IS NOT NULL
            AND (alert.symbols IS NULL OR instrument.symbol = ANY(alert.symbols))
            AND (holder.symbols IS NULL OR instrument.symbol = ANY(holder.symbols))
            AND (%(symbol)s::text IS NULL OR instrument.symbol = %(symbol)s::text)
        ORDER BY instrument.symbol
    ) AS symbols
FROM job.alert AS alert
LEFT JOIN job.api_key AS holder ON alert.key = holder.name
WHERE
    alert.key = %(key)s
    AND alert.name = %(name)s
    AND (alert.key = '*' OR (holder.name IS NOT NULL AND holder.revoked_at IS NULL));
