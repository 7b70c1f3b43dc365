-- Whether an instant is of a sealed session of a symbol.
CREATE FUNCTION ops.is_sealed(p_symbol text, p_time timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM job.sealed_session AS sealed
        WHERE
            sealed.symbol = p_symbol
            AND sealed.session = ops.bucket_session(p_time)
            AND NOT sealed.is_open
    );
END;
$$;
