SELECT
    found.quotes,
    found.checksum
FROM ops.quotes_checksum(%(relation)s::regclass, %(symbol)s, %(session)s, %(columns)s) AS found;
