-- Which bars of a symbol are asked for: of which contracts, from when on and before when.
CREATE TYPE ops.bar_window AS (
    expiries date [],
    strikes double precision [],
    from_time timestamptz,
    to_time timestamptz
);
