INSERT INTO job.api_key (
    name, key_hash, symbols, topics, is_admin, ingest_symbols, streams
)
VALUES (
    %(name)s, %(key_hash)s, %(symbols)s, %(topics)s, %(is_admin)s, %(ingest_symbols)s, %(streams)s
);
