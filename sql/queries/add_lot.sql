INSERT INTO fo.contract_terms AS terms (symbol, expiry, since, lot, source)
VALUES (%(symbol)s, %(expiry)s, '2000-01-01T00:00Z', %(lot)s, 'option')
ON CONFLICT (symbol, expiry, since) DO UPDATE
    SET lot = excluded.lot, source = excluded.source
    WHERE terms.lot <> excluded.lot;
