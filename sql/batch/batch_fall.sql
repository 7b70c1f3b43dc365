-- The runs of a leg in which a volume falls. most is how many fall one after the other, those
-- before the run included; highest is the greatest of those in it. votes is how many stored
-- quotes at least are believed and above that.
CREATE TEMPORARY TABLE batch_fall (
    contract integer NOT NULL,
    session date NOT NULL,
    run_after timestamptz,
    leg varchar(4) NOT NULL,
    most integer NOT NULL,
    highest bigint NOT NULL,
    votes integer NOT NULL DEFAULT 0
) ON COMMIT DELETE ROWS;
