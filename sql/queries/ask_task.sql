-- Ask for a task; its id.
SELECT ops.ask_task(%(kind)s, %(arguments)s::text::jsonb, %(idempotency_key)s::text) AS id;
