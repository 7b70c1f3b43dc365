"""A feed that is recorded, and its recording played into another database."""

import asyncio
import threading
from itertools import chain
from pathlib import Path
from time import sleep, time

import psycopg
import pytest

from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.live.handover import Handover, NotPlayedError
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.pace import Pace
from pgstrike.jobs.live.plugin import Asked
from pgstrike.jobs.live.plugins import plugin_of
from pgstrike.jobs.live.runner import feeding
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wires import live_wires
from tests.support.cli import jobs, refused
from tests.support.deribit import LIVE_NAMES, SOCKET, deribit_server, frame, ticker
from tests.support.driven_feeds import add_deribit_feed
from tests.support.feed_acts import gate, send
from tests.support.feed_server import clock, served
from tests.support.live_feeds import OF_SESSION, message, no_secret, together
from tests.support.live_feeds import chain as contracts_of
from tests.support.quote_market import select, stored_quotes, value
from tests.support.scheduled import wait_for
from tests.support.tasks import settings

GRID = 2.0  # a burst must not cross its edge, however slow the machine
PACE = Pace(grid=GRID, beat=0.1)
SNAPSHOTS = "SELECT count(DISTINCT quote_time) FROM fo.option_quote"


def wait_for_a_cell() -> None:
    """What is sent now comes within one cell of the grid. At its edge snapshots are taken."""
    sleep(1.25 * GRID - time() % GRID)


def record(dsn: str, connection: psycopg.Connection, folder: Path, bursts: int) -> None:
    """What a source sends in bursts, each once the one before is stored."""
    gates = [threading.Event() for _ in range(bursts)]
    tells = clock()
    sent = [
        send(
            *(
                frame(ticker(name, tells(), last_price=0.04 + 0.001 * burst))
                for name in LIVE_NAMES[: len(LIVE_NAMES) - burst]
            )
        )
        for burst in range(bursts)
    ]
    script = [*chain.from_iterable(zip(map(gate, gates), sent, strict=True))]
    secrets = Secrets({})
    world = Outside(plugin_of, live_wires(secrets, folder), secrets)
    with served(deribit_server([script], LIVE_NAMES)) as address:
        add_deribit_feed(connection, address.replace("http", "ws") + SOCKET, is_on=True)
        with feeding(dsn, settings(), world, PACE):
            for stored, opened in enumerate(gates, 1):
                wait_for(lambda: value(connection, SNAPSHOTS) == stored)  # noqa: B023
                wait_for_a_cell()
                opened.set()
            wait_for(lambda: value(connection, SNAPSHOTS) == bursts + 1)


@pytest.mark.long
def test_recording_gives_the_rows_that_were_stored_as_it_was_made(
    dsn: str, other_dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    record(dsn, connection, tmp_path, bursts=3)
    arguments = ["feed", "run", "coins", "--replay", str(tmp_path), "--grid", "2000"]
    with psycopg.connect(other_dsn, autocommit=True) as played:
        played.execute("SET timezone = 'UTC'")
        url = value(connection, "SELECT options ->> 'url' FROM job.feed")
        add_deribit_feed(played, url, is_on=True)
        assert "is on" in refused(jobs(other_dsn, *arguments))
        played.execute("SELECT ops.switch_feed('coins', FALSE)")
        done = jobs(other_dsn, *arguments)
        assert done.returncode == 0, done.stderr
        expected = stored_quotes(connection)
        assert len(expected) == 4 * len(LIVE_NAMES) // 2
        assert stored_quotes(played) == expected
        [feed] = select(played, "SELECT state, is_on FROM job.feed")
        assert feed == {"state": "stopped", "is_on": False}
        source = "SELECT source FROM fo.quote_source"
        assert select(played, source) == [{"source": "coins"}]
        played.execute(
            "INSERT INTO fo.quote_source (symbol, since, source, reason)"
            " VALUES ('BTC', clock_timestamp(), 'newer', 'a test')"
        )
        done = jobs(other_dsn, *arguments)
        assert done.returncode == 1
        assert "a database of its own" in done.stderr
        assert stored_quotes(played) == expected


def test_what_cannot_be_played_is_said(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    add_deribit_feed(connection)
    done = jobs(dsn, "feed", "run", "coins", "--replay", str(tmp_path))
    assert "has no recording" in refused(done)


async def ended(beats: int) -> Handover:
    """A recording that is over, and is put in charge at one of the beats that follow."""
    own = Handover(
        Asked("ticks", ["NIFTY"], {}, no_secret), SECOND, lambda _: None, is_played=True
    )
    listed = contracts_of()
    own.connected(OF_SESSION, listed)
    await own.receive(together(*(message(n, 10, ltp=1) for n in range(len(listed)))))
    ending = asyncio.create_task(own.finish())
    for beat in range(1, beats + 1):
        await asyncio.sleep(0)  # it waits for the beat
        own.beaten({"NIFTY": 0} if beat == beats else {})
    await asyncio.sleep(0)
    if (taken := own.take(0)) is not None:
        assert len(taken.rows) == 2
        own.stored()
    await ending
    return own


@pytest.mark.parametrize("beats", [1, 2, 3])
async def test_short_recording_waits_to_be_in_charge(beats: int) -> None:
    """The first beat may have begun before its messages came."""
    assert (await ended(beats)).take(0) is None


async def test_recording_that_is_not_put_in_charge_ends() -> None:
    with pytest.raises(NotPlayedError, match="NIFTY: another feed is in charge"):
        await ended(4)
