-- Whether a metric as of an instant rests on quotes alone, and on no bars.
CREATE FUNCTION ops.reads_quotes_only(p_metric text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
SELECT
    p_metric = ANY(
        '{atm,chain,chain_at,expiries,expiry_metrics,exposure,exposure_levels,max_pain,oi_levels,'
        'oi_profile,pcr,skew,smile,surface,term_structure,volume_profile}'::text[]
    );
$$;
