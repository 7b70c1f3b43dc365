-- Keep the features of a symbol at an instant, as they are now. Returns the id of the new row.
--
-- NULL where the instant has a row: none is ever changed. What is no finite number is unknown.
CREATE FUNCTION ops.log_features(
    p_symbol text, p_at timestamptz, p_origin text DEFAULT 'logged'
) RETURNS bigint
LANGUAGE sql VOLATILE AS $$
INSERT INTO fo.feature (symbol, at, expiry, origin, figures)
SELECT
    p_symbol,
    p_at,
    found.expiry,
    p_origin,
    (
        SELECT
            jsonb_object_agg(
                feature.name,
                CASE
                    WHEN jsonb_typeof(known.figures -> feature.name) = 'number'
                        THEN known.figures -> feature.name
                    ELSE 'null'::jsonb
                END
            )
        FROM unnest(analytics.feature_names()) AS feature (name)
    )
FROM analytics.features(p_symbol, p_at) AS found
CROSS JOIN LATERAL (SELECT to_jsonb(found) AS figures) AS known
ON CONFLICT (symbol, at) DO NOTHING
RETURNING id;
$$;
