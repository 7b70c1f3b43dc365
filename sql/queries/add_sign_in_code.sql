-- Keep a sign-in code for 10 minutes; those that have expired go.
WITH expired AS (
    DELETE FROM job.sign_in_code AS code
    WHERE code.expires_at < clock_timestamp()
)

INSERT INTO job.sign_in_code (code_hash, key_name, expires_at)
VALUES (%(code_hash)s, %(key_name)s, clock_timestamp() + interval '10 minutes');
