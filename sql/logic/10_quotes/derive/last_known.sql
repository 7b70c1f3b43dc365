-- The last value that is not NULL, in the order of the window or of the aggregate.
CREATE AGGREGATE ops.last_known(bigint) ( -- noqa: LT01
    sfunc = ops.keep_known,
    stype = bigint
);
