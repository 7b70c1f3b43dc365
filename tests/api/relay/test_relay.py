"""Relays that run, die and come back, over a Redis that does so too."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from redis.exceptions import ResponseError

from pgstrike.api.events.hub import Hub
from pgstrike.api.events.listener import ANSWERED, DATA, RIGHTS
from pgstrike.api.events.log import EventLog
from pgstrike.api.relay.relay import Relay
from pgstrike.db.background import running
from pgstrike.db.pool import open_pool
from pgstrike.db.session import OF_THE_API
from tests.support.live_market import append
from tests.support.redis_server import RedisServer, needs_redis, redis_server
from tests.support.relays import (
    KEY,
    TERMINATE,
    RelayProcess,
    entries,
    following,
    redis_settings,
    relaying,
    whole,
)

pytestmark = [needs_redis, pytest.mark.one_engine]

SESSIONS = """
    SELECT FROM pg_stat_activity
    WHERE application_name = 'pgstrike api listener' AND datname = current_database()
"""
ADD_SYMBOL = "INSERT INTO fo.instrument (symbol, exchange) VALUES ('WORD', 'NSE')"
ALL_WORDS = {ANSWERED, DATA, RIGHTS}


def ids(server: RedisServer) -> list[str]:
    """Of the events in the stream."""
    return [id for id, fields in entries(server) if "event" in fields]


def eventually(holds: Callable[[], bool]) -> None:
    """Nothing tells of what is in a stream."""
    until = monotonic() + 30
    while not holds():
        assert monotonic() < until
        sleep(0.01)  # or it takes a processor


def words(server: RedisServer) -> list[str]:
    return [fields["word"] for _, fields in entries(server) if "word" in fields]


async def test_events_pass_through_the_stream(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    before = append(connection, 1, 2)
    with relaying(dsn, redis.url):
        async with following(dsn, redis.url) as follower:
            await follower.alive()
            last = append(connection, *range(500))
            await follower.reach(last)
            whole(follower, connection)
            assert follower.resets == ["other_epoch"]
    assert ids(redis) == [f"{id}-0" for id in range(before + 1, last + 1)]


async def test_two_relays_die_in_turn(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    """While events are committed; for a moment none runs."""
    async with following(dsn, redis.url) as follower:
        with relaying(dsn, redis.url) as first, relaying(dsn, redis.url) as second:
            append(connection, 1)
            for process in (first, second):
                append(connection, *range(30))
                process.kill()
                append(connection, *range(30))
        await follower.alive(False)
        last = append(connection, *range(30))
        with relaying(dsn, redis.url):
            await follower.alive()
            await follower.reach(append(connection, *range(30)))
            whole(follower, connection)
    assert len(ids(redis)) == len(follower.ids)
    assert last in follower.ids


@pytest.mark.parametrize("kind", ["killed", "flushed", "emptied"])
async def test_engine_that_fails_loses_nothing(
    dsn: str, connection: psycopg.Connection, redis: RedisServer, kind: str
) -> None:
    with relaying(dsn, redis.url), relaying(dsn, redis.url):
        async with following(dsn, redis.url) as follower:
            await follower.alive()
            for _ in range(3):
                append(connection, *range(100))
                fail(redis, kind)
                await follower.reach(append(connection, *range(100)))
            whole(follower, connection)
            assert follower.resets == ["other_epoch"]


def fail(server: RedisServer, kind: str) -> None:
    if kind == "flushed":
        return server.flush()
    server.kill()
    if kind == "emptied":
        server.empty()
    return server.start()


async def test_postgres_that_ends_all_sessions_loses_nothing(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    with relaying(dsn, redis.url), relaying(dsn, redis.url):
        async with following(dsn, redis.url) as follower:
            await follower.alive()
            for _ in range(3):
                append(connection, *range(50))
                while connection.execute(SESSIONS).rowcount < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)  # both relays are connected again
                connection.execute(TERMINATE)
                await follower.reach(append(connection, *range(50)))
            whole(follower, connection)


async def test_words_pass_and_none_is_lost(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    with relaying(dsn, redis.url):
        async with following(dsn, redis.url) as follower:
            await asyncio.to_thread(eventually, lambda: {*words(redis)} == ALL_WORDS)
            await follower.reach(append(connection, 1))
            heard = asyncio.Event()
            follower.listener.on_change[DATA].append(heard.set)
            other = asyncio.Event()
            follower.listener.on_change[RIGHTS].append(other.set)
            connection.execute(ADD_SYMBOL)
            await asyncio.wait_for(heard.wait(), 30)
            assert not other.is_set()
            # One that was trimmed before it was read is as good as all of them.
            heard.clear()
            with redis.client() as client:
                [newest] = client.xrevrange(KEY, count=1)
                fields = {k: v for k, v in newest[1].items() if k != b"word"}
                fields[b"words"] = str(int(fields[b"words"]) + 1).encode()
                event, _, place = newest[0].partition(b"-")
                client.xadd(KEY, fields, id=event + b"-%d" % (int(place) + 1))
            await asyncio.wait_for(heard.wait(), 30)
            await asyncio.wait_for(other.wait(), 30)


def test_restart_says_every_word(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    """Nobody knows what was said while no relay ran."""
    with relaying(dsn, redis.url):
        append(connection, 1)
    before = len(words(redis))
    with relaying(dsn, redis.url):
        eventually(lambda: {*words(redis)[before:]} == ALL_WORDS)


async def test_relay_is_ready_once_its_hub_has_begun(
    dsn: str, redis: RedisServer
) -> None:
    """Else a short stream could leave out the events that come until its hub begins."""
    beats = asyncio.Queue[None]()

    def hears() -> bool:
        beats.put_nowait(None)
        return False

    async with open_pool(
        dsn, size=2, application_name="pgstrike relay", settings=OF_THE_API
    ) as pool:
        hub, log = Hub(), EventLog(pool)
        settings = redis_settings(redis.url)
        made = Relay("r", hub, log, settings, beat_seconds=0.01, hears=hears)
        async with running(made.run(), "relay"):
            for _ in range(3):
                await beats.get()
            assert not made.agreed.is_set()
            hub.start((await log.head()).position, "other_epoch")
            await asyncio.wait_for(made.agreed.wait(), 20)


def test_stream_stays_bounded(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    with relaying(dsn, redis.url, PGSTRIKE_REDIS_ENTRIES="100"):
        for _ in range(5):
            last = append(connection, *range(200))
        eventually(lambda: f"{last}-0" in ids(redis))
    assert 100 <= len(entries(redis)) <= 250


@pytest.mark.parametrize("is_word", [False, True])
@pytest.mark.parametrize("is_deleted", [False, True])
def test_entries_of_others_are_replaced(
    dsn: str,
    connection: psycopg.Connection,
    redis: RedisServer,
    is_deleted: bool,
    is_word: bool,
) -> None:
    """Their ids are times, and beyond all of ours; an event or a word comes next."""
    with relaying(dsn, redis.url):
        append(connection, 1)
        eventually(lambda: {*words(redis)} == ALL_WORDS)
        with redis.client() as client:
            id = client.xadd(KEY, {"a": "b"})
            if is_deleted:
                client.xdel(KEY, id)
        if is_word:
            connection.execute(ADD_SYMBOL)
        else:
            append(connection, 2)
        eventually(lambda: entries(redis)[:1] != [] and is_ours(redis))
        eventually(lambda: f"{append(connection, 3)}-0" in ids(redis))


def is_ours(server: RedisServer) -> bool:
    with server.client() as client:
        try:
            last: bytes = client.xinfo_stream(KEY)["last-generated-id"]
        except ResponseError:
            return False  # the relay has just deleted it, and writes it again
    return int(last.partition(b"-")[0]) < 1000


def test_wrong_address_and_password_are_refused(dsn: str) -> None:
    def refused(url: str) -> str:
        with RelayProcess(dsn, url) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 1 and not out
        assert "Traceback" not in err and "hunter2" not in err
        return err

    assert "PGSTRIKE_REDIS_URL is no address" in refused("http://:hunter2@host")
    assert "cannot be reached" in refused("redis://:hunter2@127.0.0.1:1/0")
    with redis_server("--requirepass", "right") as server:
        wrong = server.url.replace("//", "//:hunter2@")
        assert "refused: WRONGPASS" in refused(wrong)
        assert "refused: NOAUTH" in refused(server.url)
        with relaying(dsn, server.url.replace("//", "//:right@")) as process:
            said = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            assert b"right" not in said and b"redis" not in said


def test_database_that_goes_away_is_waited_for(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    own = make_conninfo(dsn, dbname=connection.info.dbname)
    name = sql.Identifier(connection.info.dbname)
    allow = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}"
    with (
        relaying(own, redis.url),
        psycopg.connect(dsn, dbname="postgres", autocommit=True) as other,
    ):
        other.execute(sql.SQL(allow).format(name, sql.SQL("false")))
        connection.execute(TERMINATE)
        last = append(connection, *range(5))
        fail(redis, "flushed")
        other.execute(sql.SQL(allow).format(name, sql.SQL("true")))
        eventually(lambda: entries(redis)[:1] != [] and has_begun(redis, last))
        after = append(connection, 1)
        eventually(lambda: f"{after}-0" in ids(redis))


def has_begun(server: RedisServer, id: int) -> bool:
    first, fields = entries(server)[0]
    return (first, fields["start"]) == (f"{id}-1", "empty")
