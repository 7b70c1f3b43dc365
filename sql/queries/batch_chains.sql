-- In PostgreSQL's own binary forms of a time and of a date, as in jobs/quote.py.
SELECT
    chain.symbol_no,
    (extract(EPOCH FROM chain.quote_time - '2000-01-01T00:00:00Z') * 1000000)::bigint
        AS quote_time,
    chain.expiry - date '2000-01-01' AS expiry,
    coalesce(value.forward, 'NaN') AS forward,
    chain.years,
    market.tick
FROM pg_temp.batch_chain AS chain
INNER JOIN pg_temp.batch_value AS value ON chain.chain = value.chain
INNER JOIN pg_temp.batch_market AS market ON chain.symbol_no = market.symbol_no;
