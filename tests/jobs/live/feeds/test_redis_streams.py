"""Redis Streams: each entry once, whatever is killed."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from time import monotonic, sleep

import psycopg
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.db.paths import ROOT
from pgstrike.jobs.feed.ndjson import iso_time
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.ingest.side_by_side import Stores
from pgstrike.jobs.live.feeds.redis_streams import open_feed
from pgstrike.jobs.live.plugin import Asked
from pgstrike.jobs.live.positions import positions_of
from pgstrike.jobs.live.wire import LiveWire
from pgstrike.jobs.quote import Position, QuoteBatch
from tests.support.feeds import json_line, leg, utc
from tests.support.quote_market import Row, select, value
from tests.support.redis_server import RedisServer, needs_redis, redis_server
from tests.support.stream_reader import FEED, opened

STREAM = "quotes"
BEGIN = utc("2025-08-29T04:00:00")
# What each transaction read, by the places before and after it.
WATCH = """
CREATE TABLE public.step (n bigint GENERATED ALWAYS AS IDENTITY, before text, after text);
CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.step (before, after)
    VALUES (CASE WHEN tg_op = 'UPDATE' THEN old.place END, new.place);
    RETURN NULL;
END $$;
CREATE TRIGGER watch AFTER INSERT OR UPDATE ON job.feed_position
FOR EACH ROW EXECUTE FUNCTION public.watch();
"""

pytestmark = pytest.mark.one_engine


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


def asked(url: str, places: dict[str, str], **options: str) -> Asked:
    options = {"streams": STREAM, **options}
    return Asked(FEED, ["NIFTY"], options, lambda name: url, lambda: places)


async def first(asked: Asked) -> QuoteBatch:
    """The first batch of a connection."""
    batches = open_feed(asked).updates(LiveWire(), ())
    async with asyncio.timeout(20):
        batch = await anext(batches)
    await batches.aclose()  # type: ignore[attr-defined]
    assert isinstance(batch, QuoteBatch)
    return batch


def entry(number: int) -> dict[str, str]:
    """Two lines: a quote of each symbol, of an instant of its own."""
    time = iso_time(BEGIN + number * SECOND)
    lines = [
        json_line(symbol=symbol, quote_time=time, exchange_time=None)
        for symbol in ("NIFTY", "BANKNIFTY")
    ]
    return {"data": "\n".join(lines)}


@needs_redis
async def test_feed_goes_on_after_what_is_stored(server: RedisServer) -> None:
    with server.client() as client:
        ids = [client.xadd(STREAM, entry(n)).decode() for n in range(3)]
    batch = await first(asked(server.url, {}))
    assert batch.position == Position(FEED, {STREAM: ids[-1]})
    assert len(batch.rows) == 6
    batch = await first(asked(server.url, {STREAM: ids[1]}))
    assert batch.rows["quote_time"].tolist() == [BEGIN + 2_000_000] * 2


@needs_redis
async def test_fields_of_an_entry_are_a_tick(server: RedisServer) -> None:
    with server.client() as client:
        client.xadd(STREAM, {"tradingsymbol": "NIFTY2590224600CE", "price": "95.1"})
        client.xadd(STREAM, {"tradingsymbol": "NIFTY2590224600PE", "is_mock": "True"})
    batch = await first(asked(server.url, {}))
    assert leg(batch, "call")["ltp"] == 95.1
    assert [each.reason for each in batch.rejects] == ["is_mock"]


@needs_redis
async def test_new_entries_only_where_the_user_says_so(server: RedisServer) -> None:
    with server.client() as client:
        client.xadd(STREAM, entry(0))
        reading = asyncio.create_task(first(asked(server.url, {}, **{"from": "new"})))
        while not any(each["cmd"] == "xread" for each in client.client_list()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        client.xadd(STREAM, entry(7))
    assert (await reading).rows["quote_time"].tolist() == [BEGIN + 7_000_000] * 2


@needs_redis
async def test_entries_that_may_be_lost_are_told(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with server.client() as client:
        ids = [client.xadd(STREAM, entry(n)).decode() for n in range(5)]
        client.xtrim(STREAM, maxlen=2, approximate=False)
        assert len((await first(asked(server.url, {STREAM: ids[0]}))).rows) == 4
        assert "may have been deleted before they were read" in caplog.text
        caplog.clear()
        assert len((await first(asked(server.url, {STREAM: ids[3]}))).rows) == 2
        assert not caplog.records  # it stands at that entry
        client.delete(STREAM)
        client.xadd(STREAM, entry(1), id="5-1")
        assert len((await first(asked(server.url, {STREAM: ids[2]}))).rows) == 2
        assert "made anew" in caplog.text


@pytest.mark.parametrize(
    ("options", "says"),
    [({"streams": ""}, "streams="), ({"from": "x"}, "first or new")],
)
def test_option_that_cannot_be_used_is_named(
    options: dict[str, str], says: str
) -> None:
    with pytest.raises(FeedError, match=says):
        open_feed(asked("", {}, **options))


def test_position_is_stored_with_its_batch_or_not_at_all(
    dsn: str, connection: psycopg.Connection
) -> None:
    feed = open_feed(asked("", {}))
    rows = feed.decoder.batch(BEGIN, [json_line().encode()])
    stores = Stores(dsn, 2, opened)
    stores.add(rows._replace(position=Position(FEED, {"a": "1", "b": "2"})))
    assert positions_of(dsn, FEED) == {"a": "1", "b": "2"}
    connection.execute("ALTER TABLE fo.option_quote ADD CHECK (strike < 1) NOT VALID")
    later = rows.rows.copy()
    later["quote_time"] += 1
    with pytest.raises(psycopg.Error):
        stores.add(rows._replace(rows=later, position=Position(FEED, {"a": "9"})))
    assert positions_of(dsn, FEED) == {"a": "1", "b": "2"}
    stores.close()


@contextmanager
def reading(dsn: str, url: str) -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.stream_reader", dsn, url], cwd=ROOT
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


@pytest.mark.long
@needs_redis
def test_kills_lose_and_double_nothing(
    dsn: str, connection: psycopg.Connection, server: RedisServer
) -> None:
    """The reader is killed 4 times and Redis once, at random places of 300 entries."""
    connection.execute(WATCH.encode())
    random, added = Random(5), 0
    ids: list[str] = []

    def add(count: int) -> None:
        nonlocal added
        with server.client() as client:
            for _ in range(count):
                ids.append(client.xadd(STREAM, entry(added)).decode())
                added += 1

    for kill in range(5):
        with reading(dsn, server.url) as child:
            begun = steps(connection)
            add(30)
            until(partial(has_gone_on, connection, begun), child)
            add(30)
            if kill == 2:
                server.kill()
                server.start()
            sleep(random.random() / 20)  # the place of the kill is to be any
    with reading(dsn, server.url) as child:
        until(lambda: positions_of(dsn, FEED).get(STREAM) == ids[-1], child)
    found = select(connection, "SELECT before, after FROM public.step ORDER BY n")
    assert read_twice_or_never(found, ids) == []
    stored = "SELECT count(*) FROM fo.option_quote"
    assert value(connection, stored) == 2 * added == 600
    assert value(connection, "SELECT count(*) FROM fo.quote_reject") == 0


def read_twice_or_never(steps: list[Row], ids: list[str]) -> list[Row]:
    """The transactions that did not begin where the one before them had ended."""
    ends = [None, *(step["after"] for step in steps)]
    assert {*ends[1:]} <= {*ids} and ends[-1] == ids[-1]
    places = [ids.index(each) for each in ends[1:]]
    assert places == sorted(places)
    return [s for s, end in zip(steps, ends, strict=False) if s["before"] != end]


def steps(connection: psycopg.Connection) -> int:
    return int(value(connection, "SELECT count(*) FROM public.step"))


def has_gone_on(connection: psycopg.Connection, begun: int) -> bool:
    return steps(connection) > begun


def until(holds: Callable[[], bool], child: "subprocess.Popen[bytes]") -> None:
    ends = monotonic() + 60
    while not holds():
        assert child.poll() is None and monotonic() < ends
