-- Where events are notified; only the database's owner may know.
SELECT installation.channel
FROM job.installation AS installation;
