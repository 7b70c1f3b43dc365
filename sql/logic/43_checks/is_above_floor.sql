-- Whether the raw quotes of an instant are there: not below the symbol's floor, or restored.
--
-- TRUE for NULL.
CREATE FUNCTION ops.is_above_floor(p_symbol text, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT coalesce(p_at >= instrument.raw_floor, TRUE) OR ops.is_reopened(p_symbol, p_at)
FROM fo.instrument AS instrument
WHERE instrument.symbol = p_symbol;
$$;
