"""Our own kinds of feeds, driven until their quotes are in the database."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pgstrike.db.paths import ROOT
from pgstrike.jobs.feed.ndjson import iso_time
from pgstrike.jobs.feed.times import SECOND, now
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.plugins import plugin_of
from pgstrike.jobs.live.runner import feeding
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wires import live_wires
from tests.support.driven_feeds import QUICK
from tests.support.feeds import json_line
from tests.support.quote_lines import (
    BEGIN,
    QUOTES,
    quote_line,
    quote_row,
    write_still_file,
)
from tests.support.quote_market import select, value
from tests.support.redis_server import RedisServer, needs_redis, redis_server
from tests.support.scheduled import wait_for
from tests.support.tasks import settings

Drive = Callable[..., None]


@pytest.fixture
def drive(dsn: str) -> Iterator[Drive]:
    """Drives the feeds that are on, with these secrets."""
    with ExitStack() as stack:

        def begun(**environ: str) -> None:
            secrets = Secrets(environ)
            outside = Outside(plugin_of, live_wires(secrets), secrets)
            stack.enter_context(feeding(dsn, settings(), outside, QUICK))

        yield begun


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


def add(
    connection: psycopg.Connection, kind: str, *symbols: str, **options: str
) -> None:
    connection.execute(
        "SELECT ops.set_feed(%s, %s, %s, %s, 1, TRUE)",
        [kind, kind, [*(symbols or ("NIFTY",))], json.dumps(options)],
    )


def done(folder: Path) -> list[str]:
    """The files that the ledger notes."""
    ledger = folder / ".pgstrike-ingested"
    text = ledger.read_text() if ledger.exists() else ""
    return [json.loads(each)["name"] for each in text.splitlines()]


def rejected(connection: psycopg.Connection) -> list[tuple[str, str]]:
    found = select(
        connection, "SELECT reason, symbol FROM fo.quote_reject ORDER BY symbol, id"
    )
    return [(each["reason"], each["symbol"]) for each in found]


def test_folder_stores_the_past_and_notes_only_what_it_stored(
    connection: psycopg.Connection, drive: Drive, tmp_path: Path
) -> None:
    write_still_file(tmp_path / "a.ndjson", quote_line(0), quote_line(1, strike=24_700))
    write_still_file(
        tmp_path / "b.ndjson",
        quote_line(2),
        quote_line(2, "BANKNIFTY"),
        quote_line(3, "BANKNIFTY"),
    )
    add(connection, "folder", path=str(tmp_path), still="0.1")
    drive()
    wait_for(lambda: rejected(connection) == [("not_listed", "BANKNIFTY")])
    write_still_file(tmp_path / "c.ndjson", quote_line(4))
    own = [quote_row(0), quote_row(1, strike=24_700), quote_row(2)]
    wait_for(lambda: select(connection, QUOTES) == [*own, quote_row(4)])
    wait_for(lambda: done(tmp_path) == ["a.ndjson", "c.ndjson"])
    add(connection, "folder", "NIFTY", "BANKNIFTY", path=str(tmp_path), still="0.1")
    whole = [
        *own[:2],
        quote_row(2, "BANKNIFTY"),
        own[2],
        quote_row(3, "BANKNIFTY"),
        quote_row(4),
    ]
    wait_for(lambda: select(connection, QUOTES) == whole)
    wait_for(lambda: done(tmp_path) == ["a.ndjson", "c.ndjson", "b.ndjson"])


def test_folder_tells_quotes_of_the_time_of_another_source(
    connection: psycopg.Connection, drive: Drive, tmp_path: Path
) -> None:
    for source, before, at in (("x", None, 0), ("folder", "x", 2)):
        since = iso_time(BEGIN + at * SECOND)
        connection.execute(
            "SELECT ops.note_source('NIFTY', %s, %s, %s, 'test')",
            [since, source, before],
        )
    write_still_file(tmp_path / "a.ndjson", quote_line(1), quote_line(3))
    write_still_file(tmp_path / "b.ndjson", quote_line(4))
    add(connection, "folder", path=str(tmp_path), still="0.1")
    drive()
    wait_for(lambda: select(connection, QUOTES) == [quote_row(3), quote_row(4)])
    wait_for(lambda: done(tmp_path) == ["b.ndjson"])
    failure = "SELECT failure FROM job.feed"
    said = wait_for(lambda: value(connection, failure))
    assert "NIFTY has quotes of before 2025-08-29T04:00:02" in said
    assert rejected(connection) == []


def test_quotes_under_an_earlier_name_are_the_symbols(
    connection: psycopg.Connection, drive: Drive, tmp_path: Path
) -> None:
    connection.execute("INSERT INTO fo.symbol_alias VALUES ('NIFTY50', 'NIFTY')")
    write_still_file(
        tmp_path / "a.ndjson",
        quote_line(1, "NIFTY50"),
        quote_line(2),
        quote_line(3, "BANKNIFTY"),
    )
    add(connection, "folder", path=str(tmp_path), still="0.1")
    drive()
    wait_for(lambda: select(connection, QUOTES) == [quote_row(1), quote_row(2)])
    wait_for(lambda: rejected(connection) == [("not_listed", "BANKNIFTY")])


ENDED = web.AppKey("ended", asyncio.Event)


async def serve(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    for second in range(3):
        text = f"{quote_line(second)}\n{quote_line(second, 'BANKNIFTY')}\n"
        await socket.send_str(text[:100])
        await socket.send_str(text[100:])
    async for _ in socket:
        pass
    request.app[ENDED].set()
    return socket


async def test_lines_of_a_websocket_are_stored(
    connection: psycopg.Connection, drive: Drive
) -> None:
    app = web.Application()
    app[ENDED] = asyncio.Event()
    app.router.add_get("/quotes", serve)
    async with TestServer(app) as server:
        url = str(server.make_url("/quotes")).replace("http", "ws")
        add(connection, "websocket", url=url)
        await asyncio.to_thread(drive)
        await asyncio.to_thread(
            wait_for,
            lambda: (
                select(connection, QUOTES) == [quote_row(second) for second in range(3)]
            ),
        )
        await asyncio.to_thread(
            wait_for, lambda: rejected(connection) == [("not_listed", "BANKNIFTY")]
        )
        connection.execute("SELECT ops.switch_feed('websocket', FALSE)")
        await asyncio.wait_for(app[ENDED].wait(), 20)


@needs_redis
def test_newest_ticks_of_redis_channels_are_stored(
    connection: psycopg.Connection, drive: Drive, server: RedisServer
) -> None:
    add(connection, "redis", channels="ticks")
    drive(REDIS_URL=server.url)
    expiry = value(connection, "SELECT (current_date + 30)::text")
    this_moment = iso_time(now())
    with server.client() as client:
        wait_for(lambda: client.pubsub_channels() == [b"ticks"])
        for symbol in ("NIFTY", "BANKNIFTY"):
            named = {"quote_time": this_moment, "symbol": symbol, "expiry": expiry}
            client.publish("ticks", json_line(exchange_time=None, **named))
    found = "SELECT symbol, expiry::text, strike, call_ltp FROM fo.option_quote"
    wait_for(
        lambda: (
            select(connection, found)
            == [
                {
                    "symbol": "NIFTY",
                    "expiry": expiry,
                    "strike": 24_600,
                    "call_ltp": 95.1,
                }
            ]
        )
    )
    wait_for(lambda: rejected(connection) == [("not_listed", "BANKNIFTY")])


@contextmanager
def running(dsn: str, url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`pgstrike feed run`, until it is killed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "pgstrike", "feed", "run", "redis-stream"],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": dsn, "REDIS_URL": url},
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


@needs_redis
def test_killed_process_loses_and_doubles_nothing_of_a_redis_stream(
    dsn: str, connection: psycopg.Connection, server: RedisServer
) -> None:
    add(connection, "redis-stream", "NIFTY", "BANKNIFTY", streams="quotes")
    connection.execute(
        "CREATE TABLE public.came (n bigint GENERATED ALWAYS AS IDENTITY, second integer);"
        "CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO public.came (second)"
        " VALUES (extract(EPOCH FROM new.quote_time - '2025-08-29T04:00Z'));"
        " RETURN NULL; END $$;"
        "CREATE TRIGGER note AFTER INSERT OR UPDATE ON fo.option_quote"
        " FOR EACH ROW EXECUTE FUNCTION public.note()"
    )
    added = 0

    def feed(count: int) -> None:
        nonlocal added
        with server.client() as client:
            for _ in range(count):
                data = f"{quote_line(added)}\n{quote_line(added, 'BANKNIFTY')}"
                client.xadd("quotes", {"data": data})
                added += 1

    stored = "SELECT count(*) FROM fo.option_quote"
    with running(dsn, server.url):
        feed(50)
        wait_for(lambda: value(connection, stored) > 0)
        feed(500)  # and is killed at work
    before = value(connection, stored)
    with running(dsn, server.url):
        feed(50)
        wait_for(lambda: value(connection, stored) == 2 * added)
        place = "SELECT place FROM job.feed_position"
        with server.client() as client:
            newest = str(client.xinfo_stream("quotes")["last-generated-id"], "ascii")
        wait_for(lambda: value(connection, place) == newest)
    assert 0 < before < 2 * added
    seconds = sorted([*range(added)] * 2)
    assert [each["second"] for each in select(connection, QUOTES)] == seconds
    came = "SELECT second FROM public.came ORDER BY second"
    assert [each["second"] for each in select(connection, came)] == seconds
    assert rejected(connection) == []
