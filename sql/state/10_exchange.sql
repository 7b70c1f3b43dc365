-- An exchange and its regular hours, in its own time zone.
--
-- A contract expires at closes_at on its expiry day.

CREATE TABLE fo.exchange (
    exchange text NOT NULL,
    time_zone text NOT NULL,
    opens_at time NOT NULL,
    closes_at time NOT NULL,
    CONSTRAINT exchange_pkey PRIMARY KEY (exchange)
);

INSERT INTO fo.exchange (exchange, time_zone, opens_at, closes_at)
VALUES ('NSE', 'Asia/Kolkata', '09:15', '15:30');
