-- What this server offers to a chart of TradingView, as JSON: the exchanges are those of the key.
CREATE FUNCTION ops.udf_config() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    json_build_object(
        'supports_search', TRUE,
        'supports_group_request', FALSE,
        'supports_marks', FALSE,
        'supports_timescale_marks', FALSE,
        'supports_time', TRUE,
        'supported_resolutions', '{1,5,15,60,1D}'::text[],
        'exchanges', (
            SELECT
                json_agg(
                    json_build_object('value', each.value, 'name', each.name, 'desc', '')
                    ORDER BY each.value
                )
            FROM (
                SELECT '' AS value, 'All exchanges' AS name
                UNION
                SELECT instrument.exchange, instrument.exchange
                FROM fo.instrument AS instrument
                WHERE
                    instrument.symbol = ANY(ops.readable_symbols())
                    AND instrument.clock IS NOT NULL
            ) AS each
        ),
        'symbols_types', (
            SELECT json_agg(json_build_object('value', each.value, 'name', each.name))
            FROM (
                VALUES
                ('', 'All types'),
                ('underlying', 'Underlyings'),
                ('option', 'Options'),
                ('indicator', 'Indicators')
            ) AS each (value, name)
        )
    )::text;
$$;
