-- The figures of an expiry that a chart of TradingView can draw: one row per indicator.
--
-- name is how a ticker calls it, NIFTY:PCR; column_name is its column in fo.expiry_metrics.
CREATE VIEW ops.udf_indicator AS
SELECT
    indicator.name,
    indicator.column_name,
    indicator.about,
    indicator.decimals
FROM (
    VALUES
    ('PCR', 'pcr_oi', 'put-call ratio of OI', 4),
    ('PCR_VOLUME', 'pcr_volume', 'put-call ratio of volume', 4),
    ('ATM_IV', 'atm_iv', 'IV at the money', 4),
    ('STRADDLE', 'straddle', 'straddle at the money', 2),
    ('FORWARD', 'forward', 'forward', 2),
    ('MAX_PAIN', 'max_pain', 'max pain', 2),
    ('NET_GEX', 'net_gex', 'net gamma exposure', 0)
) AS indicator (name, column_name, about, decimals);
