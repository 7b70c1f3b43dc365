-- Make a job known. Its interval changes only where the one it is started with does.
INSERT INTO job.job AS known (name, every, default_every, misfire)
VALUES (%(name)s, %(every)s, %(every)s, %(misfire)s)
ON CONFLICT (name) DO UPDATE
    SET every = excluded.every, default_every = excluded.default_every
    WHERE known.default_every <> excluded.default_every;
