INSERT INTO fo.quote_reject (source, reason, detail, row)
VALUES (%s, %s, %s, %s);
