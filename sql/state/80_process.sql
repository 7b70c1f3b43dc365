-- The processes of `pgstrike run`: each adds 1 to its beat every second.
--
-- A process whose beat stands still was stopped or cut off: others end its sessions. All of them
-- belong to role, and their application_name ends with the row's process. pid and backend_start
-- are those of the session that beats. No wall clock is compared.

CREATE TABLE job.process (
    process text NOT NULL,
    role text NOT NULL,
    host text NOT NULL,
    os_pid integer NOT NULL,
    pid integer NOT NULL,
    backend_start timestamptz NOT NULL,
    beat bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT process_pkey PRIMARY KEY (process)
) WITH (fillfactor = 10);
