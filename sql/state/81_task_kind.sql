-- The kinds of tasks that a `pgstrike run` does, each with the JSON Schema of its arguments.
--
-- Written by the jobs at their start, so that the api can check arguments and imports no job.
-- is_for_readers: a key with topic task may ask for it; any other kind is for administrators.

CREATE TABLE job.task_kind (
    name text NOT NULL,
    about text NOT NULL,
    schema jsonb NOT NULL,
    is_for_readers boolean NOT NULL,
    CONSTRAINT task_kind_pkey PRIMARY KEY (name)
);
