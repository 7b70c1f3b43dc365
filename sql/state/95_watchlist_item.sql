-- What a watchlist names: strikes of an expiry, which may be a role that another one has later.
--
-- place counts from 1. levels are those each side of the money; lowest and highest are a range of
-- strikes, and the same where it is one strike. All NULL: every strike.

CREATE TABLE job.watchlist_item (
    watchlist bigint NOT NULL,
    place integer NOT NULL,
    symbol text NOT NULL,
    expiry text NOT NULL,
    levels integer,
    lowest double precision,
    highest double precision,
    CONSTRAINT watchlist_item_pkey PRIMARY KEY (watchlist, place),
    CONSTRAINT watchlist_item_watchlist_fkey FOREIGN KEY (watchlist)
    REFERENCES job.watchlist (id) ON DELETE CASCADE,
    CONSTRAINT watchlist_item_place_check CHECK (place BETWEEN 1 AND 500),
    CONSTRAINT watchlist_item_expiry_check
    CHECK (expiry ~ '^(front|next|all|\d{4}-\d\d-\d\d)$'),
    CONSTRAINT watchlist_item_levels_check CHECK (levels BETWEEN 0 AND 1000),
    CONSTRAINT watchlist_item_strikes_check CHECK (
        (lowest IS NULL) = (highest IS NULL) AND (lowest IS NULL OR levels IS NULL)
        AND coalesce(lowest <= highest, TRUE)
    )
);
