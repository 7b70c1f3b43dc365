UPDATE job.sealed_session AS sealed
SET is_open = TRUE, is_corrected = %(is_corrected)s
WHERE sealed.symbol = %(symbol)s AND sealed.session = %(session)s;
