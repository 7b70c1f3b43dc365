"""GET /api/logs: the newest lines of the api and of `pgstrike run`, without secrets."""

import asyncio
import contextlib
import json
import logging
import sys
from pathlib import Path

import psycopg
import pytest

from pgstrike.api.server.log_limit import LogLimit
from pgstrike.db.log_ring import KEPT, RING, KeptStream, LogRing, without_secrets
from pgstrike.jobs.schedule.log_lines import store_lines
from tests.api.conftest import Serve
from tests.support.grants import acting, add_key
from tests.support.live_market import append
from tests.support.quote_market import events, select, value
from tests.support.scheduled import wait_for
from tests.support.tasks import running

OTHERS = json.dumps(
    [
        {
            "time": "2025-08-29T04:00:00Z",
            "level": "info",
            "logger": "a",
            "message": "of another worker",
        }
    ]
)
KEPT_LINES = "SELECT count(*) FROM job.log_line"


def record(text: str, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("a.b", level, "x.py", 1, text, (), None)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("host=db password=s3cret dbname=x", "host=db password=*** dbname=x"),
        ("password='s3 cret' user=x", "password=*** user=x"),
        ("to postgres://desk:s3cret@db/x", "to postgres://desk:***@db/x"),
        ("Authorization: Bearer s3cret", "Authorization: Bearer ***"),
        ("the key pgs_s3cret is unknown", "the key pgs_*** is unknown"),
        ('{"api_key": "s3cret"}', '{"api_key": ***}'),
        ("the password is missing or wrong", "the password is missing or wrong"),
        ("NIFTY at 24510.5, 10:30:00", "NIFTY at 24510.5, 10:30:00"),
    ],
)
def test_secrets_are_hidden(said: str, kept: str) -> None:
    assert without_secrets(said) == kept


def test_ring_is_bounded_and_tells_each_line_once() -> None:
    ring = LogRing()
    for number in range(KEPT + 5):
        ring.add(record(f"line {number}"))
    taken = ring.take()
    assert [line["message"] for line in taken] == [
        f"line {number}" for number in range(5, KEPT + 5)
    ]
    assert ring.take() == [] and len(ring.lines) == KEPT
    ring.add(record("newest"))
    ring.put_back(taken)
    assert [line["message"] for line in ring.take()][-2:] == ["line 304", "newest"]


def test_broken_record_is_reported_and_raises_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also where a filter reads it: the second one, which says how many it left out."""
    times = iter((0, 0.5, 2, 3))
    handler = KeptStream(sys.stderr)
    handler.addFilter(LogLimit(seconds=1, clock=lambda: next(times)))
    broken = logging.LogRecord(
        "a.b", logging.WARNING, "x.py", 1, "%d of %d", (1,), None
    )
    RING.take()
    for _ in range(3):
        handler.handle(broken)
    handler.handle(record("whole"))
    assert [line["message"] for line in RING.take()] == ["whole"]
    told = capsys.readouterr().err
    assert told.count("--- Logging error ---") == 2 and told.endswith("whole\n")


@pytest.mark.one_engine
async def test_lines_are_shown_to_operators_alone(
    serve: Serve, connection: psycopg.Connection, dsn: str
) -> None:
    RING.take()
    for number in range(KEPT + 5):
        RING.add(record(f"NIFTY {number}", logging.INFO))
        if number == KEPT:
            store_lines(connection, "first")
    RING.add(record("from a pipe \0 \udcff"))
    RING.add(record("BANKNIFTY is late"))
    store_lines(connection, "first")
    store_lines(connection, "first")
    assert value(connection, KEPT_LINES) == KEPT
    [told] = events(connection, "ops")
    assert told["kind"] == "log" and told["warnings"] == 2
    assert [line["message"] for line in told["lines"]] == [
        "from a pipe  ?", "BANKNIFTY is late",
    ]  # fmt: skip
    for name, rights in (("may", {"topics": ["ops"]}), ("may-not", {"topics": None})):
        add_key(connection, name, name, **rights)
    add_key(connection, "one", "one", topics=["ops"], symbols=["NIFTY"])
    for name, count in (("may", 1), ("may-not", 0), ("one", 0)):
        with acting(dsn, name) as reader:
            found = select(reader, "SELECT * FROM ops.read_event() WHERE topic = 'ops'")
            assert len(found) == count, name
    async with serve() as client:
        RING.add(record("told by the api"))
        told_lines = (
            "SELECT count(*) FROM job.log_line WHERE starts_with(process, 'serve')"
        )
        # It is told without being asked.
        await asyncio.to_thread(wait_for, lambda: value(connection, told_lines))
        RING.add(record("asked for at once"))
        connection.execute("SELECT ops.add_log_lines('serve b', %s)", [OTHERS])
        for name, status in (("may", 200), ("may-not", 403), ("one", 403)):
            sent = {"Authorization": f"Bearer {name}"}
            found, body = await client.get("/api/logs", **sent)
            assert found == status, name
            if status == 200:
                assert body["run"][-1]["message"] == "BANKNIFTY is late"
                assert body["run"][-1]["id"] == told["line"]
                assert [line["message"] for line in body["serve"]] == [
                    "told by the api", "of another worker", "asked for at once",
                ]  # fmt: skip


@pytest.mark.one_engine
def test_event_has_the_newest_warnings_that_fit(connection: psycopg.Connection) -> None:
    RING.take()
    for number in range(KEPT):
        RING.add(record(f"{number} " + "\t\U0001f4a5" * 1000))
    store_lines(connection, "first")
    [told] = events(connection, "ops")
    numbers = [int(line["message"].split()[0]) for line in told["lines"]]
    assert numbers == list(range(KEPT - len(numbers), KEPT)) and len(numbers) > 1
    assert told["warnings"] == KEPT


@pytest.mark.one_engine
async def test_tail_on_topic_ops_is_for_operators(
    serve: Serve, connection: psycopg.Connection
) -> None:
    RING.take()
    for name, rights in (
        ("may", {"topics": ["ops"]}),
        ("all", {"topics": None}),
        ("one", {"topics": ["ops"], "symbols": ["NIFTY"]}),
    ):
        add_key(connection, name, name, **rights)
    async with serve() as client, contextlib.AsyncExitStack() as opened:
        streams = {
            name: await opened.enter_async_context(
                client.stream("?topic=ops", Authorization=f"Bearer {name}")
            )
            for name in ("may", "all", "one")
        }
        for stream in streams.values():
            await stream.opened()
        RING.add(record("BANKNIFTY is late"))
        store_lines(connection, "first")
        append(connection, 1, topic="ops")
        [line] = json.loads((await streams["may"].next()).data)["lines"]
        assert line["message"] == "BANKNIFTY is late"
        for name in ("all", "one"):
            assert json.loads((await streams[name].next()).data)["n"] == 1, name


@pytest.mark.one_engine
def test_run_tells_its_lines(
    connection: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    said = "SELECT count(*) FROM job.log_line WHERE message LIKE 'refreshing, as%%'"
    with running(dsn, tmp_path / "log") as process:
        while not value(connection, said):
            assert process.poll() is None, (tmp_path / "log").read_text()
