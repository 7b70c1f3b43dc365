-- Whether a session of a symbol is sealed, and open again; no row where it is not sealed.
SELECT sealed.is_open
FROM job.sealed_session AS sealed
WHERE sealed.symbol = %s AND sealed.session = %s;
