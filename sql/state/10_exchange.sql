-- An exchange, its time zone and its regular hours there.
--
-- The hours are those before the first row of fo.exchange_hours. Where opens_at is not before
-- closes_at, a session opens the day before its date. days are ISO weekdays. expiry_time is when
-- contracts expire on their day, where that is before the last close. A continuous exchange never
-- closes. calendar is whose holidays it keeps, as the package `holidays` calls it; NULL: none.
-- currency is that of its prices; NULL where contracts differ (fo.contract_terms).

CREATE TABLE fo.exchange (
    exchange text NOT NULL,
    time_zone text NOT NULL,
    opens_at time NOT NULL,
    closes_at time NOT NULL,
    days integer[] NOT NULL DEFAULT '{1,2,3,4,5}',
    expiry_time time,
    is_continuous boolean NOT NULL DEFAULT FALSE,
    calendar text,
    currency text,
    CONSTRAINT exchange_pkey PRIMARY KEY (exchange)
);

INSERT INTO fo.exchange (
    exchange, time_zone, opens_at, closes_at, days, expiry_time, is_continuous, calendar,
    currency
)
VALUES
('NSE', 'Asia/Kolkata', '09:15', '15:30', DEFAULT, NULL, FALSE, 'XNSE', 'INR'),
('BSE', 'Asia/Kolkata', '09:15', '15:30', DEFAULT, NULL, FALSE, 'XBOM', 'INR'),
('CDS', 'Asia/Kolkata', '09:00', '17:00', DEFAULT, NULL, FALSE, 'XNSE', 'INR'),
('MCX', 'Asia/Kolkata', '09:00', '23:55', DEFAULT, NULL, FALSE, 'XNSE', 'INR'),
('XCBO', 'America/New_York', '09:30', '16:15', DEFAULT, '16:00', FALSE, 'XNYS', 'USD'),
('DERIBIT', 'UTC', '22:45', '22:45', '{1,2,3,4,5,6,7}', '08:00', TRUE, NULL, NULL);
