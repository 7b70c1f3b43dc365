"""The frames of /v1/stream, as JSON Schema of their data, by the event's name."""

from pgstrike.api.http.schemas import (
    ANYTHING,
    COUNT,
    DATE,
    FLAG,
    INSTANT,
    NUMBER,
    OBJECT,
    TEXT,
    array,
    nullable,
    record,
)
from pgstrike.api.parameters import Schema

HEAD = {"id": COUNT, "epoch": TEXT}


def event(
    topic: str, members: dict[str, Schema], optional: dict[str, Schema]
) -> Schema:
    """An event of the log: its place in it, its topic, and what happened."""
    return record({**HEAD, "topic": {"const": topic}, **members}, optional)


ABOUT: dict[str, Schema] = {"symbol": nullable(TEXT), "expiry": nullable(DATE)}
PANEL_CHAIN = record(
    {"symbol": TEXT, "expiry": DATE},
    {
        "quote_time": nullable(INSTANT),
        "underlying": nullable(NUMBER),
        "forward": nullable(NUMBER),
        "forward_source": nullable(TEXT),
        "strike_gap": nullable(NUMBER),
        "rows": array(record({"strike": NUMBER})),
        "gone": array(NUMBER),
        "expired": FLAG,
        "left": FLAG,
    },
)
FRAMES: dict[str, Schema] = {
    "chain_event": event(
        "chain",
        {"symbol": TEXT, "expiry": nullable(DATE), "clock": nullable(INSTANT)},
        {
            "quote_time": INSTANT,
            "exchange_time": nullable(INSTANT),
            "session": nullable(DATE),
            "underlying": nullable(NUMBER),
            "underlying_source": nullable(TEXT),
            "forward": nullable(NUMBER),
            "forward_source": nullable(TEXT),
            "strike_gap": nullable(NUMBER),
            "columns": array(TEXT),
            "rows": array(array(ANYTHING)),
            "expired": FLAG,
            "delisted": array(NUMBER),
        },
    ),
    "snapshot_event": event(
        "snapshot", {"version": COUNT, "event": COUNT, "refreshed_at": INSTANT}, {}
    ),
    "rollup_event": event(
        "rollup",
        {"symbol": TEXT, "rollup": TEXT},
        {"from": ANYTHING, "to": ANYTHING, "rows": nullable(COUNT)},
    ),
    "metrics_event": event(
        "metrics", {"symbol": TEXT, "expiry": DATE, "bucket_time": INSTANT}, {}
    ),
    "task_event": event(
        "task",
        {"task": COUNT, "kind": TEXT, "state": TEXT},
        {
            **ABOUT,
            "progress": nullable(NUMBER),
            "message": nullable(TEXT),
            "seconds_left": nullable(NUMBER),
            "attempt": COUNT,
        },
    ),
    "ops_event": event("ops", {}, ABOUT),
    "alert_event": event(
        "alert",
        {
            "symbol": TEXT,
            "key": TEXT,
            "alert": TEXT,
            "firing": COUNT,
            "fired_at": INSTANT,
            "row_count": COUNT,
            "rows": ANYTHING,
        },
        {},
    ),
    "prediction_event": event(
        "prediction",
        {
            "symbol": TEXT,
            "model": TEXT,
            "version": COUNT,
            "label": {"enum": ["direction", "size"]},
            "at": INSTANT,
            "value": nullable(NUMBER),
            "reason": nullable(TEXT),
            "horizon_at": INSTANT,
            "outcome": nullable({"enum": [0, 1]}),
            "outcome_reason": nullable(TEXT),
            "warning": nullable(TEXT),
        },
        {},
    ),
    "panel_state": record(
        {
            "topic": {"const": "snapshot"},
            "timeframe": TEXT,
            "clock": nullable(INSTANT),
            "chains": array(PANEL_CHAIN),
        }
    ),
    "panel_change": record(
        {
            "topic": {"const": "chain"},
            "clock": nullable(INSTANT),
            "chains": array(PANEL_CHAIN),
        }
    ),
    "signals": OBJECT,  # the answers of the paths that docs/streaming.md names
    "first_page": record({"bootstrap": OBJECT, "expiry_metrics": OBJECT}),
    "tasks": record({"tasks": array(OBJECT)}),
    "log_lines": record({"serve": array(OBJECT), "run": array(OBJECT)}),
    "reset": record({"reason": TEXT, "after": TEXT}, {"server": TEXT}),
}
# The value of the SSE field `event`, and the frames that it may be of.
BY_EVENT: dict[str, tuple[str, ...]] = {
    "chain": ("chain_event", "panel_change"),
    "snapshot": ("snapshot_event", "panel_state"),
    "rollup": ("rollup_event",),
    "metrics": ("metrics_event",),
    "task": ("task_event",),
    "ops": ("ops_event",),
    "intraday": ("signals",),
    "dashboard": ("first_page",),
    "tasks": ("tasks",),
    "logs": ("log_lines",),
    "alert": ("alert_event",),
    "prediction": ("prediction_event",),
    "reset": ("reset",),
}
