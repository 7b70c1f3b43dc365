-- Where was it traded? The strikes of the value area, and the point of control.
--
-- psql -f sql/analysis/where_it_was_traded.sql
\ir setup.psql

SELECT
    profile.strike,
    profile.call_volume,
    profile.put_volume,
    round(100 * profile.volume_share::numeric, 1) AS "share %",
    repeat('#', (200 * profile.volume_share)::integer)
    || CASE WHEN profile.is_point_of_control THEN ' point of control' ELSE '' END AS profile
FROM analytics.volume_profile(:'symbol', :'expiry') AS profile
WHERE profile.in_value_area
ORDER BY profile.strike;
