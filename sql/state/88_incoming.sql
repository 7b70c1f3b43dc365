-- Lines of NDJSON that a request brought over HTTP, until they are stored and it has its answer.
--
-- key is who sent them, and symbols what that key may ingest (NULL: every symbol). lines becomes
-- NULL, and answer is set, in the transaction that stores them. holder and holder_since are the
-- pid and the start of the session that stores them: where it is gone, another one takes them.

CREATE TABLE job.incoming (
    id bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    symbols text[],
    lines bytea,
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempt integer NOT NULL DEFAULT 0,
    holder integer,
    holder_since timestamptz,
    answer jsonb,
    answered_at timestamptz,
    CONSTRAINT incoming_pkey PRIMARY KEY (id),
    CONSTRAINT incoming_answer_check CHECK ((lines IS NULL) = (answer IS NOT NULL))
);
