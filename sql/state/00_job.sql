-- The work: what is installed, what is still to be refreshed, the events' counter.

CREATE SCHEMA job;
