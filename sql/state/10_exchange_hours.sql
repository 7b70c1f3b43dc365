-- The regular hours of an exchange from a date on, until the next row's.
--
-- NSE and BSE: the closing auction of shares moved the close of their options. MCX closes later
-- while New York keeps winter time.

CREATE TABLE fo.exchange_hours (
    exchange text NOT NULL,
    since date NOT NULL,
    opens_at time NOT NULL,
    closes_at time NOT NULL,
    days integer[] NOT NULL DEFAULT '{1,2,3,4,5}',
    CONSTRAINT exchange_hours_pkey PRIMARY KEY (exchange, since),
    CONSTRAINT exchange_hours_exchange_fkey FOREIGN KEY (exchange)
    REFERENCES fo.exchange (exchange) ON DELETE CASCADE
);

INSERT INTO fo.exchange_hours (exchange, since, opens_at, closes_at)
VALUES
('NSE', '2026-08-03', '09:15', '15:40'),
('BSE', '2026-08-03', '09:15', '15:40'),
('MCX', '2023-03-13', '09:00', '23:30'),
('MCX', '2023-11-06', '09:00', '23:55'),
('MCX', '2024-03-11', '09:00', '23:30'),
('MCX', '2024-11-04', '09:00', '23:55'),
('MCX', '2025-03-10', '09:00', '23:30'),
('MCX', '2025-11-03', '09:00', '23:55'),
('MCX', '2026-03-09', '09:00', '23:30'),
('MCX', '2026-11-02', '09:00', '23:55'),
('MCX', '2027-03-15', '09:00', '23:30'),
('MCX', '2027-11-08', '09:00', '23:55');
