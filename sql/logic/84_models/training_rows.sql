-- What a model is trained on: a row for each instant of fo.feature whose label is known.
--
-- The one definition, for the export and for training. session is the group of a split; label_at
-- is when the label became known: training rows of a split end a gap before the first row that is
-- judged. move is that of the underlying over the horizon, as a share. implied_mean and
-- implied_variance are what options implied of it, as a log return (ops.implied_move). p_threshold
-- is the move that makes a label of size.
CREATE FUNCTION ops.training_rows(
    p_symbols text[], p_from timestamptz, p_to timestamptz,
    p_label text, p_horizon interval, p_threshold double precision
) RETURNS TABLE (
    session date,
    symbol text,
    at timestamptz,
    label_at timestamptz,
    origin text,
    label smallint,
    move double precision,
    implied_mean double precision,
    implied_variance double precision,
    figures jsonb
)
LANGUAGE sql STABLE AS $$
SELECT
    horizon.session,
    feature.symbol,
    feature.at,
    horizon.ends_at,
    feature.origin,
    ops.label_of(p_label, horizon.move, p_threshold),
    horizon.move,
    implied.mean,
    implied.variance,
    feature.figures
FROM fo.feature AS feature
CROSS JOIN LATERAL ops.horizon_move(feature.symbol, feature.at, p_horizon) AS horizon
LEFT JOIN
    LATERAL ops.implied_move(
        feature.symbol, feature.at, p_horizon, feature.expiry,
        (feature.figures ->> 'atm_iv')::double precision
    ) AS implied
    ON TRUE
WHERE
    feature.symbol = ANY(p_symbols)
    AND feature.at >= p_from
    AND feature.at < p_to
    AND horizon.move IS NOT NULL
ORDER BY horizon.session, feature.at, feature.symbol;
$$;
