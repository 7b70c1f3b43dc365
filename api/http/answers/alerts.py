"""Answers about alerts: setting one, its state, and its firings."""

from pgstrike.api.events.event import TOPICS
from pgstrike.api.http.answer import Answer
from pgstrike.api.http.answers.tasks import TASK_SCHEMA
from pgstrike.api.http.schemas import (
    COUNT,
    FLAG,
    INSTANT,
    NAME,
    NUMBER,
    OBJECT,
    TEXT,
    array,
    nullable,
    record,
)

ALERT_MEMBERS = {
    "statement": TEXT,
    "symbols": nullable(array(TEXT)),
    "topics": {
        **array(
            {"enum": [topic for topic in TOPICS if topic not in ("task", "alert")]}
        ),
        "minItems": 1,
    },
    "sinks": array(TEXT),
    "cooldown": {
        **NUMBER,
        "minimum": 0,
        "maximum": 2_592_000,
        "description": "Seconds of the market's clock between two firings.",
    },
    "is_on": FLAG,
}
ALERT_SCHEMA = record(
    {
        "name": NAME,
        "key": TEXT,
        **ALERT_MEMBERS,
        "set_at": INSTANT,
        "has_rows": FLAG,
        "fired_at": nullable(INSTANT),
        "firings": COUNT,
        "error": nullable(TEXT),
    }
)
ALERT = Answer(ALERT_SCHEMA, failures=(404,))
ALERTS = Answer(record({"alerts": array(ALERT_SCHEMA)}))
SET_ALERT = Answer(
    ALERT_SCHEMA,
    status=201,
    failures=(413, 415, 422, 429),
    takes=record({"name": NAME, "statement": TEXT}, ALERT_MEMBERS),
)
REMOVED_ALERT = Answer(record({}), failures=(404,))
FIRINGS = Answer(
    record(
        {
            "firings": array(
                record(
                    {
                        "id": COUNT,
                        "symbol": TEXT,
                        "fired_at": INSTANT,
                        "event": COUNT,
                        "rows": array(OBJECT),
                        "noted_at": INSTANT,
                        "deliveries": array(OBJECT),
                    }
                )
            )
        }
    ),
    failures=(404,),
)
REPLAY = Answer(TASK_SCHEMA, status=202, failures=(404, 422, 429))
