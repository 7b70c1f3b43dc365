-- The resolutions within a day that have bars which begin when the exchange of a symbol opens.
--
-- In New York the hours of our bars do not: TradingView makes those of bars of 15 minutes.
CREATE FUNCTION ops.udf_resolutions(p_exchange text, p_day date) RETURNS text[]
LANGUAGE sql STABLE AS $$
SELECT array_agg(own.resolution ORDER BY own.resolution::integer)
FROM ops.regular_hours(p_exchange, p_day) AS regular
CROSS JOIN unnest('{1,5,15,60}'::text[]) AS own (resolution)
WHERE
    fo.bucket_start(own.resolution::integer * interval '1 minute', regular.opens_at)
    = regular.opens_at;
$$;
