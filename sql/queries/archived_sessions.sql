-- The sessions of a symbol that have an archive, from one to another.
SELECT archive.session
FROM job.archive AS archive
WHERE
    archive.symbol = %(symbol)s
    AND archive.session BETWEEN %(first)s::date AND %(last)s::date
ORDER BY archive.session;
