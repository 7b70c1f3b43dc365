"""What a route answers with, as JSON Schema: a row of the route table names one of these.

The rows of a metric are described by the catalogue; here are the others, and what all share.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pgstrike.api.events.event import POSITIONS, TOPICS
from pgstrike.api.parameters import Schema

JSON_TYPE = "application/json"
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string", "format": "date"}
ANYTHING: Schema = {}
OBJECT: Schema = {"type": "object"}
EVENT_ID: Schema = {
    "type": "string",
    "pattern": f"^{POSITIONS.pattern}$",
    "description": "The newest event that the answer includes; go on after it.",
}


class Answer(NamedTuple):
    """The answer of a route where it succeeds, and the statuses of its own refusals."""

    schema: Schema = ANYTHING
    metrics: tuple[str, ...] = ()  # whose rows it has; "*": the one in the path
    envelope: Schema = ANYTHING  # members beside the rows
    media: str = JSON_TYPE
    status: int = 200
    failures: tuple[int, ...] = ()
    has_etag: bool = False
    takes: Schema | None = None  # the body of the request
    takes_media: str = JSON_TYPE
    says_bad: bool = False  # 503 is an answer of the same form

    @property
    def is_table(self) -> bool:
        return bool(self.metrics)


def record(
    members: Mapping[str, Any], optional: Mapping[str, Any] = ANYTHING
) -> Schema:
    """An object that has all members, and perhaps some others."""
    return {
        "type": "object",
        "properties": {**members, **optional},
        "required": list(members),
    }


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def table(*metrics: str, **envelope: Schema) -> Answer:
    """The rows of one of these metrics."""
    return Answer(metrics=metrics, envelope=envelope, has_etag=True)


def text(media: str, *failures: int) -> Answer:
    return Answer(TEXT, media=media, failures=failures)


METRIC = table("*", metric=TEXT)
STRIKE_DISTRIBUTION = table("strike_distribution", timeframe=TEXT, indicator=TEXT)
MONEYNESS_SERIES = table("moneyness_series", timeframe=TEXT, indicator=TEXT)
CHAIN = table("chain", "bar_chain", metric=TEXT)
BARS = table("option_bars", "underlying_bars", metric=TEXT)
EXPIRIES = table("expiries", metric=TEXT)
SIGNALS = table("signals", metric=TEXT)

RIGHTS = {
    "name": TEXT,
    "symbols": nullable(array(TEXT)),
    "topics": nullable(array(TEXT)),
    "is_admin": FLAG,
}
SESSION_TIMES = record({"date": DATE, "opens_at": INSTANT, "closes_at": INSTANT})
MARKET = record(
    {"symbol": TEXT, "exchange": TEXT, "expiries": array(record({"expiry": DATE}))},
    {
        "clock": nullable(INSTANT),
        "currency": nullable(TEXT),
        "zone": TEXT,
        "committed_at": nullable(INSTANT),
        "quote_source": nullable(TEXT),
        "underlying": nullable(NUMBER),
        "underlying_source": nullable(TEXT),
        "wall_pace_seconds": nullable(NUMBER),
        "market_pace_seconds": nullable(NUMBER),
        "session": SESSION_TIMES,
        "previous_session": nullable(SESSION_TIMES),
    },
)
BOOTSTRAP = Answer(
    record(
        {
            "version": TEXT,
            "event": EVENT_ID,
            "key": record(RIGHTS),
            "topics": array(TEXT),
            "symbols": array(MARKET),
        },
        {"away": array(record({"server": TEXT, "symbols": array(TEXT)}))},
    ),
    has_etag=True,
)
EVENTS = Answer(
    record({"event": EVENT_ID, "newest": EVENT_ID, "events": array(OBJECT)}),
    failures=(410,),
)
METRICS = Answer(
    record(
        {
            "metrics": array(
                record(
                    {
                        "metric": TEXT,
                        "about": TEXT,
                        "parameters": array(
                            record({"name": TEXT, "type": TEXT, "optional": FLAG})
                        ),
                        "words": array(TEXT),
                        "columns": array(TEXT),
                        "fields": array(
                            record({"name": TEXT, "type": TEXT, "unit": nullable(TEXT)})
                        ),
                    }
                )
            )
        }
    )
)
UDF_CONFIG = Answer(
    record(
        {
            "supports_search": FLAG,
            "supports_group_request": FLAG,
            "supported_resolutions": array(TEXT),
            "exchanges": array(record({"value": TEXT, "name": TEXT, "desc": TEXT})),
            "symbols_types": array(record({"value": TEXT, "name": TEXT})),
        },
    ),
    has_etag=True,
)
UDF_SYMBOL = Answer(
    record(
        {
            "name": TEXT,
            "ticker": TEXT,
            "description": TEXT,
            "type": {"enum": ["underlying", "option", "indicator"]},
            "exchange": TEXT,
            "timezone": TEXT,
            "session": TEXT,
            "pricescale": COUNT,
            "minmov": COUNT,
            "supported_resolutions": array(TEXT),
            "visible_plots_set": {"enum": ["c", "ohlc", "ohlcv"]},
        },
        {"session_holidays": TEXT, "corrections": TEXT, "expired": FLAG},
    ),
    has_etag=True,
)
UDF_SEARCH = Answer(
    array(
        record(
            {"symbol": TEXT, "full_name": TEXT, "ticker": TEXT, "type": TEXT}
            | {"description": TEXT, "exchange": TEXT}
        )
    ),
    has_etag=True,
)
UDF_HISTORY = Answer(
    record(
        {"s": {"enum": ["ok", "no_data"]}},
        {"t": array(COUNT), "v": array(nullable(COUNT)), "nextTime": COUNT}
        | {name: array(NUMBER) for name in ("o", "h", "l", "c")},
    ),
    has_etag=True,
)
STREAM = Answer(
    {"type": "string", "description": "Server-sent events; x-frames says of what."},
    media="text/event-stream",
)
PANEL = Answer(
    record(
        {"event": EVENT_ID, "clock": nullable(INSTANT), "chains": array(OBJECT)},
    )
)
SESSION = Answer(record({**RIGHTS, "until": nullable(TEXT)}))
CLOSED = Answer(record({}))
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
# Of the lines of NDJSON that were sent, how many were ...
INGESTED = ("stored", "corrected", "unchanged", "late", "outside_session")
ALERT_NAME: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_.-]{0,62}$"}
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
        "name": ALERT_NAME,
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
    takes=record({"name": ALERT_NAME, "statement": TEXT}, ALERT_MEMBERS),
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
MODELS = Answer(
    record(
        {
            "models": array(
                record(
                    {
                        "name": ALERT_NAME,
                        "version": COUNT,
                        "symbol": nullable(TEXT),
                        "form": {"enum": ["lightgbm", "linear"]},
                        "state": {"enum": ["added", "active", "retired"]},
                        "label": {"enum": ["direction", "size"]},
                        "threshold": nullable(NUMBER),
                        "horizon_seconds": NUMBER,
                        "features": array(TEXT),
                        "sha256": TEXT,
                        "trained_from": nullable(INSTANT),
                        "trained_to": nullable(INSTANT),
                        "added_at": INSTANT,
                        "activated_at": nullable(INSTANT),
                        "retired_at": nullable(INSTANT),
                        "validation": OBJECT,
                        "predictions": COUNT,
                        "newest_at": nullable(INSTANT),
                        "value": nullable(NUMBER),
                        "reason": nullable(TEXT),
                        "warning": nullable(TEXT),
                    }
                )
            )
        }
    )
)
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
REPLAY = Answer(TASK_SCHEMA, status=202, failures=(404, 422, 429))

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
FILE = text("*/*", 404)
PAGE = text("text/html")
UDF_TIME = text("text/plain")
PROMETHEUS = text("text/plain")
OPENAPI = Answer(OBJECT, has_etag=True)
