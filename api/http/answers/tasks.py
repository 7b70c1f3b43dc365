"""Tasks: one, the list of them, and their kinds."""

from pgstrike.api.http.answer import Answer
from pgstrike.api.http.schemas import (
    ANYTHING,
    COUNT,
    FLAG,
    INSTANT,
    NUMBER,
    OBJECT,
    TEXT,
    array,
    nullable,
    record,
)

TASK_STATES = ("pending", "running", "completed", "failed", "cancelled")
TASK_SCHEMA = record(
    {
        "id": COUNT,
        "kind": TEXT,
        "state": {"enum": [*TASK_STATES]},
        "progress": nullable(NUMBER),
        "message": nullable(TEXT),
        "seconds_left": nullable(NUMBER),
        "arguments": OBJECT,
        "result": ANYTHING,
        "error": nullable(TEXT),
        "asked_by": nullable(TEXT),
        "asked_at": INSTANT,
        "started_at": nullable(INSTANT),
        "ended_at": nullable(INSTANT),
        "attempt": COUNT,
    }
)
TASK = Answer(TASK_SCHEMA, failures=(404,))
CANCELLED_TASK = TASK._replace(failures=(404, 409))
ASKED_TASK = Answer(
    TASK_SCHEMA,
    status=202,
    failures=(409, 415, 422),
    takes=record({"kind": TEXT}, {"arguments": OBJECT, "idempotency_key": TEXT}),
)
TASKS = Answer(record({"tasks": array(TASK_SCHEMA)}))
TASK_KINDS = Answer(
    record(
        {
            "kinds": array(
                record(
                    {
                        "kind": TEXT,
                        "about": TEXT,
                        "is_for_readers": FLAG,
                        "schema": OBJECT,
                    }
                )
            )
        }
    )
)
