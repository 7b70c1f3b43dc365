"""The market: what a page asks first, and its events, as a page, a stream or a panel."""

from pgstrike.api.http.answer import Answer
from pgstrike.api.http.answers.sessions import RIGHTS
from pgstrike.api.http.schemas import (
    DATE,
    EVENT_ID,
    INSTANT,
    NUMBER,
    OBJECT,
    TEXT,
    array,
    nullable,
    record,
)

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
            "waiting": array(TEXT),
        },
        {"away": array(record({"server": TEXT, "symbols": array(TEXT)}))},
    ),
    has_etag=True,
)
EVENTS = Answer(
    record({"event": EVENT_ID, "newest": EVENT_ID, "events": array(OBJECT)}),
    failures=(410,),
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
