-- The market: what was quoted, and what follows from it.

CREATE SCHEMA fo;
