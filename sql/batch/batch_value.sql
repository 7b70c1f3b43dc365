-- Which underlying and forward count for each chain, and where the money is.
CREATE TEMPORARY TABLE batch_value (
    chain integer NOT NULL,
    forward double precision,
    forward_source varchar(32),
    underlying double precision,
    underlying_source varchar(32),
    at_strike double precision,
    strike_gap double precision
) ON COMMIT DELETE ROWS;
