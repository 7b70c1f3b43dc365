-- A weekday on which an exchange does not open.
--
-- Filled by the jobs, a year at a time, before the first quote of that year is stored.

CREATE TABLE fo.holiday (
    exchange text NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    CONSTRAINT holiday_pkey PRIMARY KEY (exchange, day),
    CONSTRAINT holiday_exchange_fkey FOREIGN KEY (exchange) REFERENCES fo.exchange (exchange)
);
