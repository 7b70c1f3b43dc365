-- The tickers that the words of a query are found in, as TradingView's search wants them: JSON.
--
-- Words are looked for in ticker, exchange and description. p_type and p_exchange NULL: any. First
-- come underlyings, then indicators of the nearest expiry, then options: of live expiries, or of an
-- expiry that a word names, nearest to the money first, and only where a word begins the symbol.
CREATE FUNCTION ops.udf_search(
    p_query text, p_type text, p_exchange text, p_limit integer
) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
WITH word AS (
    SELECT array_remove(regexp_split_to_array(upper(p_query), '[\s:]+'), '') AS words
),

market AS (
    SELECT
        instrument.symbol,
        instrument.exchange,
        instrument.symbol = ANY(word.words) AS is_named,
        (
            SELECT bool_or(starts_with(instrument.symbol, each.word))
            FROM unnest(word.words) AS each (word)
        ) AS is_begun
    FROM fo.instrument AS instrument
    CROSS JOIN word
    WHERE
        instrument.symbol = ANY(ops.readable_symbols())
        AND instrument.clock IS NOT NULL
        AND (p_exchange IS NULL OR instrument.exchange = p_exchange)
),

found AS (
    SELECT
        'underlying' AS type, market.symbol, NULL::date AS expiry, NULL::float8 AS strike,
        NULL::text AS leg, NULL::text AS indicator, NULL::float8 AS distance
    FROM market
    WHERE 'chain' = ANY(ops.readable_topics())
    UNION ALL
    SELECT 'indicator', market.symbol, NULL, NULL, NULL, indicator.name, NULL
    FROM market
    CROSS JOIN ops.udf_indicator AS indicator
    WHERE 'metrics' = ANY(ops.readable_topics())
    UNION ALL
    SELECT
        'option', market.symbol, contract.expiry, contract.strike, side.leg, NULL,
        abs(contract.strike - spot.underlying)
    FROM market
    LEFT JOIN LATERAL (
        SELECT source.underlying
        FROM fo.underlying_quote AS source
        WHERE source.symbol = market.symbol AND source.in_session
        ORDER BY source.quote_time DESC
        LIMIT 1
    ) AS spot ON TRUE
    CROSS JOIN word
    CROSS JOIN LATERAL (SELECT ops.known_expiries(market.symbol) AS expiries) AS live
    INNER JOIN fo.contract AS contract
        ON
            market.symbol = contract.symbol
            AND (
                contract.expiry = ANY(live.expiries)
                OR contract.expiry::text = ANY(word.words)
            )
    CROSS JOIN (VALUES ('call'), ('put')) AS side (leg)
    WHERE market.is_begun AND 'chain' = ANY(ops.readable_topics())
),

shown AS (
    SELECT
        found.*,
        market.exchange,
        market.is_named,
        array_position('{underlying,indicator,option}'::text[], found.type) AS place,
        concat_ws(
            ':', found.symbol, found.expiry, found.strike,
            CASE found.leg WHEN 'call' THEN 'CE' WHEN 'put' THEN 'PE' END, found.indicator
        ) AS ticker,
        ops.udf_about(found.symbol, found.expiry, found.strike, found.leg, found.indicator) AS about
    FROM found
    INNER JOIN market ON found.symbol = market.symbol
    WHERE p_type IS NULL OR found.type = p_type
),

page AS (
    SELECT
        shown.*,
        row_number() OVER (
            ORDER BY
                shown.is_named DESC, shown.place ASC, shown.symbol ASC, shown.expiry ASC,
                shown.distance ASC, shown.ticker ASC
        ) AS number
    FROM shown
    CROSS JOIN word
    CROSS JOIN
        LATERAL (
            SELECT upper(concat_ws(' ', shown.exchange, shown.ticker, shown.about)) AS line
        ) AS text
    WHERE 0 <> ALL(ARRAY(SELECT strpos(text.line, each) FROM unnest(word.words) AS each))
    ORDER BY number
    LIMIT p_limit
)

SELECT
    coalesce(
        json_agg(
            json_build_object(
                'symbol', page.ticker,
                'full_name', page.ticker,
                'ticker', page.ticker,
                'description', page.about,
                'exchange', page.exchange,
                'type', page.type
            ) ORDER BY page.number
        ),
        '[]'
    )::text
FROM page;
$$;
