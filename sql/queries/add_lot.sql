INSERT INTO fo.contract_terms AS terms (symbol, expiry, since, lot, source)
VALUES (%(symbol)s, %(expiry)s, '-infinity', %(lot)s, 'option')
ON CONFLICT (symbol, expiry, since) DO UPDATE
    SET lot = excluded.lot, source = excluded.source
    WHERE terms.lot <> excluded.lot;
