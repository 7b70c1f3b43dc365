"""The answer to quotes that were sent: how many were stored, and which were rejected."""

from pgstrike.api.http.answer import Answer
from pgstrike.api.http.schemas import COUNT, EVENT_ID, TEXT, array, record

# Of the lines of NDJSON that were sent, how many were ...
INGESTED = ("stored", "corrected", "unchanged", "late", "outside_session")
INGEST = Answer(
    record(
        {
            "event": EVENT_ID,
            "lines": COUNT,
            **dict.fromkeys(INGESTED, COUNT),
            "rejected": {"type": "object", "additionalProperties": COUNT},
            "rejects": array(
                record({"line": COUNT, "reason": TEXT, "detail": TEXT, "row": TEXT})
            ),
        }
    ),
    failures=(413, 415),
    takes={
        "type": "string",
        "pattern": r"\S",
        "description": "A quote a line, as docs/ndjson.md says.",
    },
    takes_media="application/x-ndjson",
)
