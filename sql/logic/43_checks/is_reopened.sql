-- Whether the quotes of an instant below a symbol's floor were restored.
CREATE FUNCTION ops.is_reopened(p_symbol text, p_time timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM job.sealed_session AS sealed
        WHERE
            sealed.symbol = p_symbol
            AND sealed.session = ops.bucket_session(p_time)
            AND sealed.is_open
    );
END;
$$;
