INSERT INTO fo.instrument (symbol, exchange)
VALUES (%s, 'NSE')
ON CONFLICT (symbol) DO NOTHING;
