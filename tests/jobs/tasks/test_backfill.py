"""jobs.tasks.fetching: what is stored of candles, its mark, and going on after a stop."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import psycopg
import pytest

from pgstrike.db.queries import query
from pgstrike.jobs.tasks import backfill, fetching
from pgstrike.jobs.tasks.work import Work
from pgstrike.jobs.tasks.worker import work_once
from tests.support.kite_script import CANDLES, NIFTY, SECRETS, dump, wire_of
from tests.support.quote_market import Row, select, value
from tests.support.scripted_wire import Asked, ScriptedWire
from tests.support.tasks import ask, settings, task

pytestmark = pytest.mark.both_engines

DAYS = (date(2025, 8, 14), date(2025, 8, 28), date(2025, 8, 29))
MINUTES = 5
STRIKES = range(24550, 24700, 50)
SPAN = {"from_": "2025-07-20T00:00:00Z", "to": "2025-08-30T00:00:00Z"}  # two windows
KINDS = {backfill.KIND.name: backfill.KIND}
QUOTES = "SELECT * FROM fo.option_quote ORDER BY quote_time, expiry, strike"


def test_each_broker_that_can_be_named_has_a_feed() -> None:
    assert [*fetching.FEEDS] == [*backfill.BROKERS]


def candles(request: Asked) -> bytes:
    """Of each minute: the spot stands still, an option's close, volume and OI rise."""
    key = int(request.url.split("/")[-2])
    first, last = (date.fromisoformat(request.params[n][:10]) for n in ("from", "to"))
    found: list[list[Any]] = []
    for day in DAYS:
        if first <= day <= last:
            opens = datetime(day.year, day.month, day.day, 3, 45, tzinfo=UTC)
            for minute in range(MINUTES):
                stamp = (opens + timedelta(minutes=minute)).isoformat()
                is_spot = key == NIFTY
                close = 24612.0 if is_spot else 90.0 + minute
                volume, oi = (0, 0) if is_spot else (75, 1500 + 75 * minute)
                found.append([stamp, 1, 2, 0.5, close, volume, oi])
    return json.dumps({"data": {"candles": found}}).encode()


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> ScriptedWire:
    """The broker, in place of the network."""
    script = wire_of(dumped=dump(strikes=STRIKES))
    script.answers[CANDLES] = candles

    @asynccontextmanager
    async def opened() -> AsyncIterator[ScriptedWire]:
        yield script

    monkeypatch.setattr(fetching, "open_rest", opened)
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    return script


def asked_for(connection: psycopg.Connection, **changes: Any) -> int:
    """The id of a task."""
    kind = backfill.KIND
    said = [kind.name, kind.about, json.dumps(kind.schema()), kind.is_for_readers]
    connection.execute(query("note_kind"), said)
    arguments = {"feed": "kite", "symbol": "NIFTY", "expiries": 1, **SPAN, **changes}
    return ask(connection, kind.name, **arguments)


def worked(
    dsn: str,
    connection: psycopg.Connection,
    id: int,
    began: Callable[[Work], object] = lambda work: None,
) -> Row:
    """The task after one attempt."""
    assert work_once(dsn, settings(), KINDS, began)
    return task(connection, id)


def test_candles_are_stored_as_whole_snapshots(
    dsn: str, connection: psycopg.Connection, wire: ScriptedWire
) -> None:
    row = worked(dsn, connection, asked_for(connection))
    assert row["state"] == "completed", row["error"]
    count = len(STRIKES) * MINUTES * len(DAYS)
    result = row["result"]
    assert (result["sessions"], result["stored"], result["rejected"]) == (3, count, 0)
    quotes = select(connection, QUOTES)
    assert len(quotes) == count
    first, last = quotes[0], quotes[-1]
    assert str(first["quote_time"].astimezone(UTC)) == "2025-08-14 03:45:59+00:00"
    assert (first["underlying"], first["underlying_source"]) == (24612.0, "feed")
    assert [last[f"call_{name}"] for name in ("ltp", "volume", "oi")] == [
        94.0,
        375,
        1800,
    ]
    assert [last[f"put_{name}"] for name in ("ltp", "volume", "oi")] == [
        94.0,
        375,
        1800,
    ]
    assert (last["call_volume_growth"], last["call_oi_growth"]) == (75, 75)
    assert (last["call_iv_status"], last["in_session"]) == ("no_market", True)
    assert {quote["exchange_time"] for quote in quotes} == {None}


def test_sessions_are_marked_as_fetched(
    dsn: str, connection: psycopg.Connection, wire: ScriptedWire
) -> None:
    worked(dsn, connection, asked_for(connection))
    marks = "SELECT symbol, session, source, quotes FROM job.backfill ORDER BY session"
    new = len(STRIKES) * MINUTES
    expected = [("NIFTY", day, "kite", new) for day in DAYS]
    assert [tuple(row.values()) for row in select(connection, marks)] == expected
    row = worked(dsn, connection, asked_for(connection))
    assert (row["result"]["stored"], row["result"]["unchanged"]) == (0, 3 * new)
    assert [tuple(row.values()) for row in select(connection, marks)] == expected


def test_stopped_task_goes_on_after_the_last_stored_session(
    dsn: str, connection: psycopg.Connection, wire: ScriptedWire
) -> None:
    works: list[Work] = []

    def stop_in_the_second_window(request: Asked) -> bytes:
        if request.params["from"] > "2025-08-14":
            works[-1].stops.set()
        return candles(request)

    wire.answers[CANDLES] = stop_in_the_second_window
    id = asked_for(connection)
    row = worked(dsn, connection, id, works.append)
    assert (row["state"], row["checkpoint"]["day"]) == ("pending", "2025-08-18")
    assert value(connection, "SELECT count(*) FROM job.backfill") == 1
    assert 0.5 <= row["progress"] < 1
    before = len(wire.asked)
    wire.answers[CANDLES] = candles
    row = worked(dsn, connection, id)
    assert row["state"] == "completed", row["error"]
    asked = [r.params["from"] for r in wire.asked[before:] if r.url.startswith(CANDLES)]
    assert {*asked} == {"2025-08-19 00:00:00"}
    assert row["result"]["sessions"] == 3
    quotes = select(connection, QUOTES)
    assert len(quotes) == len(STRIKES) * MINUTES * len(DAYS)


def test_only_the_span_is_stored_with_the_volume_of_its_session(
    dsn: str, connection: psycopg.Connection, wire: ScriptedWire
) -> None:
    span = {"from_": "2025-08-29T03:47:00Z", "to": "2025-08-29T03:48:00Z"}
    row = worked(dsn, connection, asked_for(connection, **span))
    assert row["state"] == "completed", row["error"]
    found = select(
        connection, "SELECT DISTINCT quote_time, call_volume FROM fo.option_quote"
    )
    assert [each["call_volume"] for each in found] == [225]


@pytest.mark.one_engine
def test_minute_that_is_not_over_is_left_out(
    dsn: str,
    connection: psycopg.Connection,
    wire: ScriptedWire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(2025, 8, 29, 3, 48, 30, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(fetching, "datetime", Clock)
    row = worked(dsn, connection, asked_for(connection))
    assert row["state"] == "completed", row["error"]
    [newest] = select(connection, "SELECT max(quote_time) AS time FROM fo.option_quote")
    assert newest["time"] == datetime(2025, 8, 29, 3, 47, 59, tzinfo=UTC)


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"from_": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"},
            "kite has no candles",
        ),
        ({"symbol": "SENSEX"}, "no options of SENSEX in today's list"),
        ({"strikes": "30"}, "arguments.strikes"),
        ({"feed": "nobody"}, "arguments.feed"),
        ({"expiries": 0}, "arguments.expiries"),
    ],
)
def test_what_cannot_be_fetched_fails_and_says_why(
    dsn: str,
    connection: psycopg.Connection,
    wire: ScriptedWire,
    changes: dict[str, Any],
    says: str,
) -> None:
    row = worked(dsn, connection, asked_for(connection, **changes))
    assert row["state"] == "failed"
    assert says in row["error"]


@pytest.mark.one_engine
def test_missing_secret_fails_and_names_the_variable(
    dsn: str,
    connection: psycopg.Connection,
    wire: ScriptedWire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KITE_ACCESS_TOKEN")
    row = worked(dsn, connection, asked_for(connection))
    assert row["state"] == "failed"
    assert "KITE_ACCESS_TOKEN is not set" in row["error"]
