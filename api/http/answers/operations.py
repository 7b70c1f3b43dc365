"""How the server does: health, counts, feeds and logs."""

from pgstrike.api.http.answer import Answer, text
from pgstrike.api.http.schemas import (
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

STATUS = Answer(record({"status": {"enum": ["ok", "degraded", "down"]}}), says_bad=True)
PERFORMANCE = Answer(
    record({"start": OBJECT, "slowest": array(OBJECT), "caches": OBJECT})
)
CACHE = Answer(
    record({"count": COUNT, "bytes": COUNT, "most_bytes": COUNT, "hit": COUNT})
)
FEED = record(
    {
        "name": TEXT,
        "kind": TEXT,
        "symbols": array(TEXT),
        "options": OBJECT,
        "is_on": FLAG,
        "position": COUNT,
        "state": TEXT,
        "since": INSTANT,
        "last_message_at": nullable(INSTANT),
        "lag_seconds": nullable(NUMBER),
        "reconnects": COUNT,
        "failure": nullable(TEXT),
        "failed_at": nullable(INSTANT),
        "in_charge": OBJECT,
    }
)
FEEDS = Answer(record({"feeds": array(FEED)}))
LOG_LINE = record({"time": TEXT, "level": TEXT, "message": TEXT})
LOGS = Answer(record({"serve": array(LOG_LINE), "run": array(LOG_LINE)}))
PROMETHEUS = text("text/plain")
