"""jobs.ingest.rederive: after a correction all is as if the calendar had been right."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import psycopg
import pytest

from pgstrike.jobs.ingest import store_again as module
from pgstrike.jobs.ingest.raw_quotes import raw_quotes
from pgstrike.jobs.ingest.rederive import judge_again
from pgstrike.jobs.ingest.store_again import chunks
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import NUMBERS, Cluster, Stock
from tests.support.engines import clone
from tests.support.judged_market import correct, session_of, stored, tables, unlike
from tests.support.quote_market import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    Quote,
    batch_of,
    ist,
    value,
)

SEED = 11


@pytest.fixture
def market() -> list[Quote]:
    return three_sessions()


def three_sessions() -> list[Quote]:
    random = Random(SEED)
    return [q for day in (THURSDAY, FRIDAY, MONDAY) for q in session_of(day, random)]


@pytest.fixture
def stock() -> Stock:
    return store_sessions


def store_sessions(connection: psycopg.Connection) -> None:
    """The three, as the calendar has them by itself."""
    stored(connection.info.dsn, three_sessions())
    refresh_all(connection)


@pytest.fixture
def other(cluster: Cluster) -> Iterator[str]:
    """Another database, whose calendar is right from the beginning."""
    name = f"other_{next(NUMBERS)}"
    with clone(cluster.server, cluster.template, name) as own:
        yield own


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (FRIDAY, ()),  # closed after all
        (FRIDAY, ("11:00", "15:00")),
        (FRIDAY, ("09:00", "15:35")),
        (MONDAY, ("09:15", "12:45")),  # on which an expiry ends
        (THURSDAY, ()),
    ],
)
def test_correction_afterwards_equals_one_before(
    dsn: str,
    other: str,
    connection: psycopg.Connection,
    market: list[Quote],
    day: date,
    hours: tuple[str, ...],
) -> None:
    correct(connection, day, *hours)
    assert judge_again(dsn) >= 1
    assert value(connection, "SELECT count(*) FROM job.stale_session") == 0
    with psycopg.connect(other, autocommit=True) as right:
        right.execute("SET timezone = 'UTC'")
        correct(right, day, *hours)
        stored(other, market)
        expected = tables(right)
    assert unlike(expected, tables(connection)) == []
    assert len(expected["fo.option_quote"]) > 150


@pytest.mark.usefixtures("stock")
def test_correction_back_and_forth_changes_nothing(
    dsn: str, connection: psycopg.Connection
) -> None:
    before = tables(connection)
    for hours in ((), ("09:15", "15:30")):
        correct(connection, FRIDAY, *hours)
        judge_again(dsn)
    assert unlike(before, tables(connection)) == []


@pytest.mark.usefixtures("stock")
def test_quotes_that_a_mistake_made_expire_come_back(
    dsn: str, connection: psycopg.Connection
) -> None:
    expired = "SELECT count(*) FROM fo.quote_reject WHERE reason = 'expired'"
    at_first, before = value(connection, expired), tables(connection)
    for close, are_more in (("12:45", True), ("13:30", True), ("15:30", False)):
        correct(connection, MONDAY, "09:15", close)
        judge_again(dsn)
        assert (value(connection, expired) > at_first) is are_more
    assert unlike(before, tables(connection)) == []


def test_quotes_come_back_as_the_feed_sent_them(
    dsn: str, connection: psycopg.Connection, market: list[Quote]
) -> None:
    stored(dsn, market)
    batch = batch_of(sorted(market, key=lambda q: (q.day, q.time, q.expiry, q.strike)))
    start = ist("00:00:00", THURSDAY)
    rows = raw_quotes(
        connection,
        {
            "symbol": "NIFTY",
            "expiry": None,
            "from": start,
            "to": start + timedelta(days=7),
        },
    )
    for name in rows.dtype.names or ():
        assert (rows[name] == batch.rows[name]).all() or name.endswith(
            ("iv", "delta", "gamma", "theta", "vega", "underlying", "forward")
        ), name


def test_chunks_end_between_snapshots(
    monkeypatch: pytest.MonkeyPatch, market: list[Quote]
) -> None:
    monkeypatch.setattr(module, "CHUNK", 7)
    rows = batch_of(sorted(market, key=lambda q: (q.day, q.time))).rows
    parts = list(chunks(rows))
    assert sum(map(len, parts)) == len(rows) and len(parts) > 3
    for part, following in pairwise(parts):
        assert part["quote_time"][-1] < following["quote_time"][0]


@pytest.mark.usefixtures("stock")
def test_chunks_make_no_difference(
    dsn: str, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 13)
    test_correction_back_and_forth_changes_nothing(dsn, connection)


@pytest.mark.usefixtures("stock")
def test_run_that_dies_leaves_the_session_as_it_was(
    dsn: str,
    connection: psycopg.Connection,
    market: list[Quote],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = tables(connection)
    correct(connection, FRIDAY)

    def fail(*_: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("pgstrike.jobs.ingest.store.price_batch", fail)
        judge_again(dsn)
    left = value(connection, "SELECT count(*) FROM job.stale_session")
    assert tables(connection)["fo.option_quote"].equals(before["fo.option_quote"])
    assert left == 1
    assert judge_again(dsn) == 1
    stored(dsn, [market[0]._replace(time="09:06:00", stamp=None)])
