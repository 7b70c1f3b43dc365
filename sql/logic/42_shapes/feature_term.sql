-- Figures of the front and the next expiry whose changes are features, or those changes.
--
-- The times are those of the newest quotes of the two chains.
CREATE TYPE ops.feature_term AS (
    front_time timestamptz,
    next_time timestamptz,
    atm_iv double precision,
    next_atm_iv double precision,
    skew_25 double precision,
    term_slope double precision,
    straddle_ratio double precision
);
