-- One check of ops.health: the figure that it looks at, and what to do where that is too high.
--
-- state is ok, warn or bad. value is in unit, and bad from bad_at on; both are NULL where there is
-- no figure. says is the finding, remedy what to do, NULL where nothing is to be done. item is the
-- id of what waits: a caller with a clock of its own measures by it how long the same item waits.
CREATE TYPE ops.health_check AS (
    name text,
    state text,
    value double precision,
    bad_at double precision,
    unit text,
    says text,
    remedy text,
    item bigint
);
