"""A market that never rests: what is rewritten every second stays as small as it is."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest
from psycopg import sql

from pgstrike.db.connection import beside, connect
from pgstrike.db.lock import REFRESH, held
from pgstrike.jobs.refresh.refresh import refresh_due, refresh_snapshot
from pgstrike.jobs.refresh.upkeep import keep_small
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.schedule.jobs import UPKEEP_SECONDS
from pgstrike.jobs.schedule.ledger import add_jobs, claim, finish
from pgstrike.jobs.schedule.process import Process
from tests.support.live_market import open_store, quote
from tests.support.quote_market import value
from tests.support.scheduled import wait_for as until

pytestmark = pytest.mark.both_engines

SNAPSHOT, KEY = "fo.latest_snapshot", "fo.latest_snapshot_key"
# What a refresh rewrites besides, or what the temporary table of each one leaves rows in.
HOT = (
    "job.event_counter",
    "job.job",
    "job.process",
    "job.rollup",
    "job.stale_bucket",
    "fo.contract",
    "fo.instrument",
    "fo.snapshot_version",
    "pg_catalog.pg_attribute",
    "pg_catalog.pg_class",
    "pg_catalog.pg_depend",
    "pg_catalog.pg_index",
    "pg_catalog.pg_statistic",
    "pg_catalog.pg_type",
)
STRIKES = tuple(20_000.0 + 50 * place for place in range(60))
ROLLUPS = 10  # seconds: then bars change too, and with them every row of the snapshot
PAGE = 8192


class Market:
    """Contracts that are all quoted anew before each refresh."""

    def __init__(self, dsn: str, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.store = open_store(connection)
        self.refresher = connect(dsn, "refresh")
        self.process = Process.of(dsn)
        self.job = Job("snapshot", lambda _: None, seconds=0.01)
        add_jobs(connection, [self.job])
        self.second = 0
        self.peak: dict[str, int] = {}

    def move(self, count: int) -> None:
        """So many seconds: quotes of every contract, a refresh, and upkeep now and then."""
        for _ in range(count):
            self.second += 1
            quote(self.store, self.second / 60, strikes=STRIKES, seed=self.second)
            with beside(self.refresher, "lock") as own, held(own, REFRESH) as mine:
                assert mine
                self.refresh()
            self.look()

    def refresh(self) -> None:
        self.process.beat(self.refresher)
        lease = claim(self.refresher, self.job.name, self.process)
        assert lease is not None
        self.refresh_once()
        finish(lease, "done", 0)

    def refresh_once(self) -> None:
        if self.second % ROLLUPS == 0:
            refresh_due(self.refresher)
        while not refresh_snapshot(self.refresher, can_wait=True):
            pass  # somebody still sees what it would free
        if self.second % UPKEEP_SECONDS == 0:
            keep_small(self.refresher)

    def look(self) -> None:
        for relation in (SNAPSHOT, KEY, *HOT):
            size = self.size(relation)
            self.peak[relation] = max(size, self.peak.get(relation, 0))

    def size(self, relation: str) -> int:
        found: int = value(
            self.connection, "SELECT pg_relation_size(%s::regclass)", relation
        )
        return found

    def fresh(self, relation: str) -> int:
        """Its size right after it was rewritten."""
        table = SNAPSHOT if relation == KEY else relation
        name = sql.Identifier(*table.split("."))
        self.connection.execute(sql.SQL("VACUUM (FULL) {}").format(name))
        return self.size(relation)


@pytest.fixture
def market(dsn: str, connection: psycopg.Connection) -> Iterator[Market]:
    """A market whose refreshes stand in the ledger, as those of `pgstrike run` do."""
    moving = Market(dsn, connection)
    with moving.refresher:
        yield moving


@contextmanager
def readers(dsn: str, count: int) -> Iterator[list[int]]:
    """Each reads the snapshot over and over, twice in a transaction; how often, by reader."""
    ended = threading.Event()
    reads = [0] * count

    def read(place: int) -> None:
        with psycopg.connect(dsn) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            while not ended.is_set():
                seen = [
                    value(connection, f"SELECT sum(call_ltp) FROM {SNAPSHOT}")
                    for _ in range(2)
                ]
                connection.commit()
                assert seen[0] == seen[1]
                reads[place] += 1

    threads = [threading.Thread(target=read, args=[place]) for place in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield reads
    finally:
        ended.set()
        for thread in threads:
            thread.join()


@pytest.mark.long
def test_snapshot_stays_small_while_every_row_changes(
    dsn: str,
    market: Market,
    times: Callable[[int, int], int],
    measured: Callable[[str], None],
) -> None:
    """At most twice its fresh heap, three times its index; other hot tables are bounded."""
    refreshes = times(60, 3_000)
    with readers(dsn, 2) as reads:
        market.move(refreshes)
    assert all(reads)
    grown = {name: market.peak[name] / market.fresh(name) for name in (SNAPSHOT, KEY)}
    measured(
        f"bloat: {refreshes} refreshes, {sum(reads)} reads: heap at most"
        f" {grown[SNAPSHOT]:.2f} times its fresh size, index {grown[KEY]:.2f}"
    )
    assert grown[SNAPSHOT] <= 2 and grown[KEY] <= 3
    others = {name: (market.peak[name], market.fresh(name)) for name in HOT}
    most = max(others, key=lambda name: others[name][0] / max(others[name][1], PAGE))
    measured(f"bloat: of the other hot tables {most} grew most, to {others[most]}")
    for name, (peak, fresh) in others.items():
        assert peak <= 4 * fresh + 20 * PAGE, name


def is_smaller(market: Market, bloated: int) -> bool:
    """After one more turn, which leaves alone what holds a lock for a moment."""
    keep_small(market.refresher)
    return market.size(SNAPSHOT) < bloated


def test_snapshot_is_small_again_after_a_long_transaction(
    dsn: str, market: Market
) -> None:
    """While somebody sees rows that are long dead, they stay; a minute later they are gone."""
    market.move(1)
    with psycopg.connect(dsn) as slow:
        slow.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        value(slow, "SELECT count(*) FROM fo.instrument")
        market.move(20)
        keep_small(market.refresher)
        bloated = market.size(SNAPSHOT)
    market.move(2)
    with psycopg.connect(dsn) as reader:
        value(reader, f"SELECT count(*) FROM {SNAPSHOT}")
        keep_small(market.refresher)  # neither waits for the other
        assert market.size(SNAPSHOT) >= bloated
    until(partial(is_smaller, market, bloated), seconds=60)
    rebuilt = market.size(SNAPSHOT)
    assert rebuilt < bloated / 5
    assert rebuilt <= 2 * market.fresh(SNAPSHOT)
