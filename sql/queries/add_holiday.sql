INSERT INTO fo.holiday (exchange, day, name)
VALUES (%s, %s, %s)
ON CONFLICT (exchange, day) DO NOTHING;
