INSERT INTO job.backfill AS known (symbol, session, source, quotes)
VALUES (%(symbol)s, %(session)s, %(source)s, %(quotes)s)
ON CONFLICT (symbol, session, source) DO UPDATE
    SET quotes = known.quotes + excluded.quotes, filled_at = excluded.filled_at;
