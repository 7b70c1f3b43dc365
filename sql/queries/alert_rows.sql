-- The first rows that the SELECT of an alert gives, as JSON. The transaction only reads.
SELECT
    ops.alert_rows(
        %(statement)s, %(symbol)s, %(at)s::timestamptz, %(clock)s::timestamptz, %(most)s
    )::text AS rows;
