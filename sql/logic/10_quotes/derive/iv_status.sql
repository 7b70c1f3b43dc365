-- The name of a code of jobs/pricing/pricing.py: where an IV comes from, or why there is none.
CREATE FUNCTION ops.iv_status(p_code smallint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
SELECT (ARRAY[
    'feed', 'solved', 'twin', 'carried', 'no_market', 'no_time', 'no_forward', 'below_intrinsic',
    'no_time_value', 'above_bound', 'not_converged', 'wide_market', 'crossed'
])[p_code];
$$;
