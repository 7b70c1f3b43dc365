"""Tasks whose worker is killed half way: another one goes on, and the outcome is the same."""

import hashlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.storage.retention import drop_days, seal, sessions_to_seal
from tests.support.cli import jobs
from tests.support.live_market import open_store, quote
from tests.support.quote_market import LATER, select, value
from tests.support.scheduled import wait_for as until
from tests.support.tasks import (
    HELD,
    LISTENING,
    WATCH,
    ask,
    finished,
    running,
    spoil,
    task,
    wait_for_kinds,
    wait_with,
    waits_for_test,
)

DAYS = 10
SPAN = {"from_": "2025-08-28T18:30:00Z", "to": "2025-09-20T00:00:00Z"}
QUOTES = "SELECT * FROM fo.option_quote ORDER BY quote_time, strike"
BARS = "SELECT * FROM fo.option_strike_bars_1min ORDER BY bucket_time, strike"


class Place(NamedTuple):
    connection: psycopg.Connection
    dsn: str
    folder: Path  # has the folders in, out and archive

    def folders(self) -> dict[str, str]:
        named = {"INGEST": "in", "EXPORT": "out", "ARCHIVE": "archive"}
        for name in named.values():
            (self.folder / name).mkdir(exist_ok=True)
        return {
            f"PGSTRIKE_{setting}_DIR": str(self.folder / name)
            for setting, name in named.items()
        }


class Case(NamedTuple):
    """A kind: what a test undoes before each task, its arguments, and what the task makes."""

    undo: Callable[[Place], None]
    arguments: dict[str, Any]
    made: Callable[[Place, int], object]


def quotes(place: Place, _: int) -> object:
    return select(place.connection, QUOTES)


def forget(place: Place) -> None:
    """Have quotes in a file, enough for four batches, and none of them in the database."""
    file = place.folder / "in" / "quotes.ndjson"
    if not file.exists():
        store, strikes = open_store(place.connection), np.arange(20_000.0, 70_000, 10)
        for day in range(DAYS):
            quote(store, 90 + 24 * 60 * day, expiries=(LATER,), strikes=(*strikes,))
        file.write_text(jobs(place.dsn, "export").stdout)
    place.connection.execute(
        "SELECT ops.forget_quotes('NIFTY', '-infinity', 'infinity')"
    )
    assert value(place.connection, "SELECT count(*) FROM fo.option_quote") == 0


def drop(place: Place) -> None:
    """Seal all sessions but the newest, also those that came back, and drop their quotes."""
    connection, archive = place.connection, place.folder / "archive"
    opened = select(connection, "SELECT session FROM job.sealed_session")
    for session in (
        *(row["session"] for row in opened),
        *(session for _, session in sessions_to_seal(connection, 1)),
    ):
        seal(connection, archive, "NIFTY", session)
    drop_days(connection)
    assert value(connection, "SELECT count(*) FROM fo.option_quote") < DAYS * 5 / 2


def bars(place: Place, _: int) -> object:
    return select(place.connection, BARS)


def files(place: Place, id: int) -> object:
    folder = place.folder / "out" / f"task-{id}"
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
    }


CASES = {
    "restore": Case(
        drop, {"symbol": "NIFTY", "session": "2025-08-29", "last": "2025-12-31"}, quotes
    ),
    "ingest": Case(forget, {"path": "quotes.ndjson"}, quotes),
    "export": Case(lambda _: None, {"symbol": "NIFTY", **SPAN}, files),
    "rebuild": Case(
        lambda place: spoil(place.connection),
        {"symbol": "NIFTY", "rollup": "option_strike_bars_1min", **SPAN},
        bars,
    ),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One kind on one engine in each test run, all in `make attack`."""
    whole = metafunc.config.getoption("--attack")
    metafunc.parametrize("kind", [*CASES] if whole else [*CASES][:1])
    if not whole:
        metafunc.definition.add_marker("one_engine")


@pytest.fixture
def history(connection: psycopg.Connection) -> psycopg.Connection:
    """Days of quotes, a snapshot each, and a trigger that watches tasks."""
    store = open_store(connection)
    for day in range(DAYS):
        quote(store, 60 + 24 * 60 * day, expiries=(LATER,), seed=day)
    refresh_all(connection)
    connection.execute(WATCH.encode())
    return connection


def test_killed_task_makes_the_same(
    history: psycopg.Connection,
    dsn: str,
    tmp_path: Path,
    kind: str,
    measured: Callable[[str], None],
) -> None:
    case, place = CASES[kind], Place(history, dsn, tmp_path)
    folders = place.folders()
    with running(dsn, tmp_path / "first.log", **folders) as first:
        wait_for_kinds(history)
        case.undo(place)
        calm = ask(history, kind, **case.arguments)
        result = finished(history, calm)
        made = case.made(place, calm)
        case.undo(place)
        history.execute("TRUNCATE public.step")
        history.execute(HELD)
        hit = ask(history, kind, **case.arguments)
        wait_with(first, tmp_path / "first.log", lambda: waits_for_test(history))
        assert 0 < task(history, hit)["progress"] < 0.6
        with running(dsn, tmp_path / "second.log", **folders) as second:
            wait_with(
                second, tmp_path / "second.log", lambda: value(history, LISTENING) >= 2
            )
            os.kill(first.pid, signal.SIGKILL)
            began = monotonic()
            until(lambda: task(history, hit)["attempt"] > 1, 60)
            measured(f"task {kind}: gone on after {monotonic() - began:.2f} s")
            history.execute("SELECT pg_advisory_unlock_all()")
            again = finished(history, hit)
            assert without_folder(again) == without_folder(result)
            assert case.made(place, hit) == made
    check_steps(history)


def without_folder(result: dict[str, Any]) -> dict[str, Any]:
    return {name: found for name, found in result.items() if name != "folder"}


def check_steps(connection: psycopg.Connection) -> None:
    """The second attempt began behind the last chunk of the first: none was done twice."""
    steps = select(connection, "SELECT attempt, progress FROM step ORDER BY progress")
    assert [step["attempt"] for step in steps] == sorted(
        step["attempt"] for step in steps
    )
    assert {step["attempt"] for step in steps} == {1, 2}
    assert len({step["progress"] for step in steps}) == len(steps)
