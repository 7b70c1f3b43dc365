-- Units per lot that an exchange has set for an expiry and all later ones, from a time on.
--
-- Of several rows that hold for a contract, that of the latest first_expiry counts, and of these
-- the newest. So one revision has a row for the expiries that are listed with the new lot, and two
-- for long-dated ones that were listed before and change on a day. Correct or add rows with SQL.

CREATE TABLE fo.lot_revision (
    symbol text NOT NULL,
    first_expiry date NOT NULL,
    since timestamptz NOT NULL,
    lot integer NOT NULL,
    source text NOT NULL,
    CONSTRAINT lot_revision_pkey PRIMARY KEY (symbol, first_expiry, since),
    CONSTRAINT lot_revision_lot_check CHECK (lot > 0)
);

INSERT INTO fo.lot_revision (symbol, first_expiry, since, lot, source)
VALUES
('NIFTY', '2023-05-01', '2000-01-01T00:00Z', 50, 'NSE, lots from 2023-04-28 on'),
('NIFTY', '2024-05-02', '2024-04-26T00:00+05:30', 25, 'NSE circular of 2024-04-02'),
('NIFTY', '2025-01-02', '2024-11-20T00:00+05:30', 75, 'NSE circular of 2024-10-18'),
('NIFTY', '2025-03-01', '2024-04-26T00:00+05:30', 25, 'NSE circular of 2024-04-02'),
('NIFTY', '2025-03-01', '2024-12-26T15:30+05:30', 75, 'NSE circular of 2024-10-18'),
('NIFTY', '2025-12-31', '2025-10-28T15:30+05:30', 65, 'NSE/FAOP/70616'),
('NIFTY', '2026-03-01', '2025-10-28T15:30+05:30', 75, 'NSE/FAOP/70616'),
('NIFTY', '2026-03-01', '2025-12-30T15:30+05:30', 65, 'NSE/FAOP/70616'),
('BANKNIFTY', '2023-07-21', '2023-06-30T15:30+05:30', 15, 'NSE, lots from 2023-04-28 on'),
('BANKNIFTY', '2025-02-01', '2024-11-20T00:00+05:30', 30, 'NSE circular of 2024-10-18'),
('BANKNIFTY', '2025-03-01', '2024-11-20T00:00+05:30', 15, 'NSE circular of 2024-10-18'),
('BANKNIFTY', '2025-03-01', '2024-12-24T15:30+05:30', 30, 'NSE circular of 2024-10-18'),
('BANKNIFTY', '2025-07-01', '2025-04-24T15:30+05:30', 35, 'NSE circular of 2025-03-28'),
('BANKNIFTY', '2025-12-31', '2025-10-28T15:30+05:30', 30, 'NSE/FAOP/70616'),
('BANKNIFTY', '2026-03-01', '2025-10-28T15:30+05:30', 35, 'NSE/FAOP/70616'),
('BANKNIFTY', '2026-03-01', '2025-12-30T15:30+05:30', 30, 'NSE/FAOP/70616'),
('FINNIFTY', '2023-05-01', '2000-01-01T00:00Z', 40, 'NSE, lots from 2023-04-28 on'),
('FINNIFTY', '2024-07-30', '2024-04-26T00:00+05:30', 25, 'NSE circular of 2024-04-02'),
('FINNIFTY', '2025-02-01', '2024-11-20T00:00+05:30', 65, 'NSE circular of 2024-10-18'),
('FINNIFTY', '2025-12-31', '2025-10-28T15:30+05:30', 60, 'NSE/FAOP/70616'),
('MIDCPNIFTY', '2023-05-01', '2000-01-01T00:00Z', 75, 'NSE, lots from 2023-04-28 on'),
('MIDCPNIFTY', '2024-07-29', '2024-04-26T00:00+05:30', 50, 'NSE circular of 2024-04-02'),
('MIDCPNIFTY', '2025-02-01', '2024-11-20T00:00+05:30', 120, 'NSE circular of 2024-10-18'),
('MIDCPNIFTY', '2025-07-01', '2025-04-24T15:30+05:30', 140, 'NSE circular of 2025-03-28'),
('MIDCPNIFTY', '2025-12-31', '2025-10-28T15:30+05:30', 120, 'NSE/FAOP/70616'),
('NIFTYNXT50', '2025-04-01', '2000-01-01T00:00Z', 25, 'NSE circular of 2025-03-28');
