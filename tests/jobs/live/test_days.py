"""24 hours of each kind of feed by a fast clock, in which the feed and Postgres are killed."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import sleep, time
from typing import Any

import psycopg
import pytest

from pgstrike.db.embedded.server import Server
from pgstrike.db.paths import ROOT
from pgstrike.jobs.feed.times import SECOND, now
from pgstrike.jobs.ingest.instruments import add_symbol
from tests.support.day_sources import SOURCES
from tests.support.day_sources.source import LEGS, Source
from tests.support.engines import clone, make_server, make_template, running
from tests.support.fast_clock import FastClock
from tests.support.fast_feed import NAME
from tests.support.quote_market import Row, select, value
from tests.support.redis_server import REDIS
from tests.support.scheduled import wait_for

HOUR = 3_600 * SECOND
DAY_SECONDS = 90.0  # so long the 24 hours take
MEGABYTES = 2**20
MOST_GROWN = 4 * MEGABYTES  # in the last 7 hours
FIGURES = ("ltp", "bid", "ask", "bid_qty", "ask_qty", "volume", "oi")
COLUMNS = [f"{leg}_{name}" for leg in LEGS for name in FIGURES]
ROWS = (
    f"SELECT quote_time, strike, {', '.join(COLUMNS)} FROM fo.option_quote"
    " ORDER BY quote_time, strike"
)


class Day:
    """A feed's process, its source and its Postgres, and what was stored at each kill."""

    def __init__(self, source: Source, server: Server, dsn: str) -> None:
        self.source, self.server, self.dsn = source, server, dsn
        self.seen: list[Row] = []
        self.process = self.begin()

    def begin(self) -> "subprocess.Popen[bytes]":
        given = {"clock": self.source.clock, "places": self.source.places}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.fast_feed", "feed"],
            cwd=ROOT,
            env={
                **os.environ,
                **self.source.secrets,
                NAME: json.dumps(given),
                "PGSTRIKE_DSN": self.dsn,
            },
        )

    def rows(self) -> list[Row]:
        with psycopg.connect(self.dsn) as connection:
            connection.execute("SET timezone = 'UTC'")
            return select(connection, ROWS)

    def goes_on(self) -> None:
        """Wait until it stores. What is new first may be of a process that was killed."""
        for _ in range(2):
            self.stores(self.newest())

    def stores(self, newest: Any) -> None:
        """Wait for a newer snapshot than this one."""
        wait_for(lambda: self.newest() != newest)

    def catches_up(self) -> None:
        """Wait for the last message: a slow machine may be behind, but never stands still."""
        newest = self.newest()
        while numbers(self.source, self.rows()[-1:])[-1:] != [self.source.sent]:
            self.stores(newest)
            newest = self.newest()

    def newest(self) -> Any:
        with psycopg.connect(self.dsn) as connection:
            return value(connection, "SELECT max(quote_time) FROM fo.option_quote")

    def kill_feed(self) -> None:
        self.process.kill()
        self.process.wait()
        self.see()
        self.process = self.begin()
        self.goes_on()

    def kill_postgres(self) -> None:
        self.see()
        self.server.stop("immediate")
        self.server.start()
        self.see()
        self.goes_on()

    def kill_both(self) -> None:
        """Postgres first, so that the feed dies with what it cannot store."""
        self.see()
        self.server.stop("immediate")
        sleep(self.source.clock.seconds(HOUR // 2))
        self.process.kill()
        self.process.wait()
        self.server.start()
        self.see()
        self.process = self.begin()
        self.goes_on()

    def see(self) -> None:
        """What is stored now, of which nothing may be lost or changed."""
        before, self.seen = self.seen, self.rows()
        assert_kept(before, self.seen)

    def memory(self) -> int:
        """Bytes that the feed's process has."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def begun(kind: str, folder: Path) -> Iterator[Day]:
    server = make_server("postgres", {})  # what was committed survives
    assert server is not None
    with ExitStack() as stack:
        stack.enter_context(running(server))
        dsn = stack.enter_context(clone(server, make_template(server), "own"))
        clock = FastClock(now() - 48 * HOUR, time(), 24 * 3_600 / DAY_SECONDS)
        source = SOURCES[kind](clock, folder)
        stack.enter_context(source.running())
        with psycopg.connect(dsn, autocommit=True) as connection:
            if source.symbol != "NIFTY":
                add_symbol(connection, source.symbol, source.exchange)
            connection.execute(
                "SELECT ops.set_feed('feed', %s, %s, %s, 1, TRUE)",
                [source.kind, [source.symbol], json.dumps(source.options)],
            )
        day = Day(source, server, dsn)
        try:
            yield day
        finally:
            day.process.kill()
            day.process.wait()


@pytest.mark.long
@pytest.mark.parametrize("kind", SOURCES)
def test_a_day_with_kills_of_the_feed_and_of_postgres(
    kind: str, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    if kind.startswith("redis") and REDIS is None:
        pytest.skip("redis-server is not here")
    with begun(kind, tmp_path) as day:
        source, clock = day.source, day.source.clock
        ends = clock.begins + 24 * HOUR
        day.goes_on()
        kills = [day.kill_feed, day.kill_postgres, day.kill_both] * 2
        seeded = random.Random(kind)
        seeded.shuffle(kills)
        hours = sorted(seeded.uniform(2, 16) for _ in kills)
        for hour, kill in zip(hours, kills, strict=True):
            sleep(clock.until(ends - 24 * HOUR + round(hour * HOUR)))
            kill()
        sleep(clock.until(ends - 7 * HOUR))
        before = day.memory()
        sleep(clock.until(ends))
        source.is_over = True
        day.catches_up()
        grown = day.memory() - before
        rows = day.rows()
    assert_kept(day.seen, rows)
    assert_exact(source, rows)
    found = len({row["quote_time"] for row in rows})
    measured(
        f"a day of {kind}: {source.sent:,} messages, {found:,} snapshots, "
        f"{grown / MEGABYTES:.1f} MB grown"
    )
    assert grown < MOST_GROWN


def assert_kept(before: list[Row], after: list[Row]) -> None:
    """All rows of before are there as they were."""
    kept = {(row["quote_time"], row["strike"]): row for row in after}
    assert [kept.get((row["quote_time"], row["strike"])) for row in before] == before


def assert_exact(source: Source, rows: list[Row]) -> None:
    """Each leg is as one message had it, and no later one is of an earlier message."""
    newest = dict.fromkeys(source.contracts, 0)
    for row in rows:
        for place, contract in enumerate(source.contracts):
            strike, leg = contract
            if strike != row["strike"] or row[f"{leg}_oi"] is None:
                continue
            number = source.number_of(row[f"{leg}_oi"])
            wanted = source.expected(number, place)
            assert {name: row[f"{leg}_{name}"] for name in wanted} == wanted
            assert newest[contract] <= number <= source.sent
            newest[contract] = number
    assert newest == dict.fromkeys(source.contracts, source.sent)
    if source.is_joint:
        snapshots: dict[object, set[int]] = {}
        for row in rows:
            found = snapshots.setdefault(row["quote_time"], set())
            found.update(numbers(source, [row]))
        assert {len(found) for found in snapshots.values()} == {1}
    if source.keeps_all:
        every = [*range(1, source.sent + 1)]
        assert numbers(source, rows) == sorted(2 * len(source.strikes) * every)


def numbers(source: Source, rows: list[Row]) -> list[int]:
    """Of which messages the legs of some rows are."""
    found = [row[f"{leg}_oi"] for row in rows for leg in LEGS]
    return [source.number_of(oi) for oi in found if oi is not None]
