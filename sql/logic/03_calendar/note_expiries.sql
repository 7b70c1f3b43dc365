-- Note when the expiries of the batch that had no quote before expire.
CREATE FUNCTION ops.note_expiries() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO fo.expiry (symbol, expiry, expires_at)
    SELECT DISTINCT chain.symbol, chain.expiry, chain.expires_at
    FROM pg_temp.batch_chain AS chain
    WHERE chain.reason IS NULL
    EXCEPT
    SELECT life.symbol, life.expiry, life.expires_at
    FROM fo.expiry AS life
    ON CONFLICT (symbol, expiry) DO NOTHING;
END;
$$;
