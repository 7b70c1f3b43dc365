-- What an edge has to know of its primary.
SELECT
    ops.epoch() AS epoch,
    installation.cookie_secret
FROM job.installation AS installation;
