-- How a figure lay in some sessions: in how many it was known, its mean, its standard deviation.
CREATE TYPE ops.spread AS (
    sessions bigint,
    mean double precision,
    deviation double precision
);
