"""Feeds in the frame while their sources, and we, misbehave."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.paths import ROOT
from pgstrike.jobs.feed.times import microseconds
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.pace import Pace
from pgstrike.jobs.live.plugins import plugin_of
from pgstrike.jobs.live.recording import BROKEN, DATA, Record, Writer
from pgstrike.jobs.live.runner import feeding
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wires import live_wires
from tests.support.cli import jobs
from tests.support.deribit import (
    FORWARD,
    LIVE_NAMES,
    SOCKET,
    deribit_server,
    frame,
    instruments,
    summary,
    ticker,
)
from tests.support.driven_feeds import add_deribit_feed
from tests.support.feed_acts import (
    cut,
    flood,
    gate,
    half,
    hear,
    refuse,
    send,
    silence,
)
from tests.support.feed_server import Act, FeedServer, Script, clock, served
from tests.support.quote_lines import btc_line
from tests.support.quote_market import select, stored_quotes, value
from tests.support.scheduled import wait_for
from tests.support.tasks import settings

PACE = Pace(
    grid=0.05, beat=0.1, first=0.02, most=0.05, refusals=2, refused=0.3, silence=1.0
)
PATIENT = PACE._replace(silence=60.0)
REST = "wss://www.deribit.com/ws/api/v2", "https://www.deribit.com/api/v2/public/"
MEGABYTES = 2**20
NOW = clock()
DAY_SECONDS = 600.0  # a replay of a whole day takes more than a minute


def priced(price: float, name: str = LIVE_NAMES[0]) -> str:
    return frame(ticker(name, NOW(), last_price=price))


def flow(price: float) -> Act:
    return send(*(priced(price, name) for name in LIVE_NAMES))


def has(connection: psycopg.Connection, price: float) -> bool:
    found = "SELECT count(*) FROM fo.option_quote WHERE call_ltp = %s"
    [row] = connection.execute(found, [price * FORWARD]).fetchall()
    return bool(row[0])


@contextmanager
def fed(
    dsn: str,
    connection: psycopg.Connection,
    scripts: list[Script],
    pace: Pace = PACE,
) -> Iterator[FeedServer]:
    secrets = Secrets({})
    server = deribit_server(scripts, LIVE_NAMES)
    with served(server) as address:
        add_deribit_feed(connection, address.replace("http", "ws") + SOCKET, is_on=True)
        world = Outside(plugin_of, live_wires(secrets), secrets)
        with feeding(dsn, settings(), world, pace):
            yield server


def test_each_fault_is_told_and_the_newest_figures_come_through(
    dsn: str, connection: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    unknown = frame(ticker("BTC-1JAN99-1-C"))
    faults = "{", b"\xff\x00", '{"method": "news"}', unknown, "[]"
    scripts: list[Script] = [
        [hear(2), flow(0.041), half(b"x" * 100_000), cut()],
        # A message of the client that came after the cut would reset the connection.
        [hear(4), send(*faults), cut()],
        *[[flow(0.042), cut()] for _ in range(5)],
        refuse(403, "no"),
        refuse(403, "no"),
        refuse(403, "no"),
        refuse(500, "broken"),
        [flow(0.043), silence()],
        [flow(0.044), silence()],
    ]
    with fed(dsn, connection, scripts):
        wait_for(lambda: has(connection, 0.044))
        reconnects = "SELECT reconnects FROM job.feed"
        wait_for(lambda: value(connection, reconnects) >= 12)
    said = caplog.text
    for words in ("403", "500", "in a session", "broke off"):
        assert words in said
    rejected = "SELECT count(*) FROM fo.quote_reject"
    assert value(connection, rejected) >= 3


@pytest.mark.long
def test_flood_is_merged_and_memory_stays(
    dsn: str,
    connection: psycopg.Connection,
    times: Callable[[int, int], int],
    measured: Callable[[str], None],
) -> None:
    rounds = times(400, 2000)
    many = [priced(0.05, name) for name in LIVE_NAMES] * rounds
    gates = [threading.Event(), threading.Event()]
    script = [
        *(flow(0.041), flood(many), flow(0.042), gate(gates[0])),
        *(flood(many), flow(0.043), silence()),
    ]
    with fed(dsn, connection, [script], PATIENT):
        wait_for(lambda: has(connection, 0.042))
        before = resident()
        gates[0].set()
        wait_for(lambda: has(connection, 0.043))
        grown = resident() - before
        wait_for(lambda: value(connection, "SELECT reconnects FROM job.feed") == 0)
    sent = 20 * sum(map(len, many))
    measured(f"a flood of {sent / MEGABYTES:.0f} MB: {grown / MEGABYTES:.1f} MB grown")
    assert grown < sent / 4 and grown < 32 * MEGABYTES


def resident() -> int:
    """Bytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_day_token_that_dies_is_refused_until_the_new_one_is_there(
    dsn: str, connection: psycopg.Connection
) -> None:
    environ = {"WEBSOCKET_TOKEN": "token-of-yesterday"}
    dies = threading.Event()
    server = FeedServer(
        {"/lines": [[send(btc_line(10.0)), gate(dies), cut()], [send(btc_line(20.0))]]}
    )
    server.tokens = {"token-of-yesterday"}
    secrets = Secrets(environ)
    world = Outside(plugin_of, live_wires(secrets), secrets)
    prices = "SELECT max(call_ltp) FROM fo.option_quote"
    never = PATIENT._replace(refused=3600.0)
    with served(server) as address:
        add_deribit_feed(connection)
        connection.execute(
            "SELECT ops.set_feed('lines', 'websocket', '{BTC}', %s, 1, TRUE)",
            [json.dumps({"url": f"ws{address[4:]}/lines", "login": "yes"})],
        )
        with feeding(dsn, settings(), world, never, ["lines"]):
            wait_for(lambda: value(connection, prices) == 10.0)
            server.tokens = {"token-of-today"}
            dies.set()
            standing = "SELECT state, failure FROM job.feed WHERE name = 'lines'"
            wait_for(lambda: select(connection, standing)[0]["state"] == "refused")
            failure = select(connection, standing)[0]["failure"]
            assert "403" in failure and "yesterday" not in failure
            environ["WEBSOCKET_TOKEN"] = "token-of-today"
            wait_for(lambda: value(connection, prices) == 20.0)


async def write_day(folder: Path, per_hour: int) -> None:
    """A recording of 24 hours that ended a minute ago; its connection breaks each hour."""
    begins = microseconds(datetime.now(UTC) - timedelta(hours=24, minutes=1))
    step = 3600 * 10**6 // (per_hour + 1)
    address, rest = REST
    for hour in range(24):
        start = begins + hour * 3600 * 10**6
        for method, body in (
            ("get_instruments", instruments(LIVE_NAMES)),
            ("get_book_summary_by_currency", summary(LIVE_NAMES)),
        ):
            answers = Writer(folder, f"get {rest}{method}")
            answers.add(Record(DATA, 0, start, body))
            answers.close()
        messages = Writer(folder, f"socket {address}")
        for turn in range(1, per_hour + 1):
            price = 0.04 + (hour * per_hour + turn) * 1e-6
            for name in LIVE_NAMES:
                data = ticker(name, last_price=price)
                del data["timestamp"]
                body = frame(data).encode()
                messages.add(Record(DATA, 0, start + turn * step, body))
        broken = Record(BROKEN, 0, start + 3599 * 10**6, b"the connection broke off")
        messages.add(broken)
        messages.close()


@pytest.mark.long
def test_a_day_with_kills_gives_the_rows_of_a_day_without(
    dsn: str,
    other_dsn: str,
    connection: psycopg.Connection,
    tmp_path: Path,
    times: Callable[[int, int], int],
) -> None:
    per_hour, kills = times(4, 120), times(2, 8)
    folder = tmp_path / "coins"
    folder.mkdir()
    asyncio.run(write_day(folder, per_hour))
    replay = ["feed", "run", "coins", "--replay", str(tmp_path)]
    whole = 24 * (per_hour + 1)
    with psycopg.connect(other_dsn, autocommit=True) as calm:
        calm.execute("SET timezone = 'UTC'")
        played(calm)
        done = jobs(other_dsn, *replay, seconds=DAY_SECONDS)
        assert done.returncode == 0, done.stderr
        expected = stored_quotes(calm)
    assert len({row["quote_time"] for row in expected}) == whole
    played(connection)
    count = "SELECT count(DISTINCT quote_time) FROM fo.option_quote"
    for kill in range(1, kills + 1):
        child = subprocess.Popen(
            [sys.executable, "-m", "pgstrike", *replay],
            cwd=ROOT,
            env={**os.environ, "PGSTRIKE_DSN": dsn},
        )
        enough = whole * kill // (kills + 1)
        wait_for(lambda: value(connection, count) >= enough)  # noqa: B023
        child.kill()
        child.wait()
        assert all(row in expected for row in stored_quotes(connection))
        connection.execute("SELECT ops.switch_feed('coins', FALSE)")
    done = jobs(dsn, *replay, seconds=DAY_SECONDS)
    assert done.returncode == 0, done.stderr
    assert stored_quotes(connection) == expected


def played(connection: psycopg.Connection) -> None:
    """The feed is there, off, with the address of its recording."""
    add_deribit_feed(connection, REST[0])
