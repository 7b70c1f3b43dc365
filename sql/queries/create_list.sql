-- The contracts of a list of instruments (see ops.load_list).
CREATE TEMPORARY TABLE listed_contract (
    symbol text NOT NULL,
    exchange text NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    lot integer NOT NULL,
    tick double precision NOT NULL,
    unit double precision NOT NULL
) ON COMMIT DROP;
