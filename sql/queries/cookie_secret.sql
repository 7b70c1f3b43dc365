-- What cookies are signed with; only the database's owner and the api may know.
SELECT installation.cookie_secret
FROM job.installation AS installation;
