"""Feeds at the pace that users have; closed exchanges; Postgres, and drivers, that die."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from time import monotonic

import psycopg
import pytest

from pgstrike.db.install.render import Engine
from pgstrike.db.paths import ROOT
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.pace import Pace
from pgstrike.jobs.live.plugins import plugin_of
from pgstrike.jobs.live.runner import feeding
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wires import live_wires
from tests.support.driven_feeds import QUICK, add, feed, prices, sources
from tests.support.engines import clone, make_server, make_template, running
from tests.support.feed_acts import gate, send, silence
from tests.support.feed_server import FeedServer, served
from tests.support.live_feeds import Source, outside
from tests.support.quote_lines import btc_line
from tests.support.quote_market import select
from tests.support.scheduled import wait_for
from tests.support.tasks import settings

FALL_OVER_SECONDS = 5.0
PATIENT = QUICK._replace(silence=60.0)
LEEWAY = 5  # the deadline is tested at so many times its value


@pytest.mark.one_engine
def test_standby_takes_over_within_five_seconds_at_the_usual_pace(
    market: psycopg.Connection, dsn: str, measured: Callable[[str], None]
) -> None:
    first, second = Source("BTC"), Source("BTC")
    second.price = 20.0
    add(market, "first", 1)
    with feeding(dsn, settings(), outside(first=first, second=second), Pace()):
        wait_for(lambda: prices(market) == {10.0})
        add(market, "second", 2)
        wait_for(lambda: feed(market, "second")["state"] == "live")
        first.is_silent, stalled = True, monotonic()
        wait_for(lambda: 20.0 in prices(market), FALL_OVER_SECONDS * LEEWAY)
        took = monotonic() - stalled
    measured(f"fall-over: {took:.1f} s after the stall (goal: {FALL_OVER_SECONDS:g} s)")
    assert sources(market) == ["first", "second"]


@pytest.mark.one_engine
def test_silence_while_the_exchange_is_closed_is_no_stall(
    market: psycopg.Connection, dsn: str
) -> None:
    """The watchdog begins with the session, and not before."""
    source = Source("BTC")
    source.is_silent = True
    market.execute(
        "INSERT INTO fo.exchange (exchange, time_zone, opens_at, closes_at)"
        " VALUES ('OWN', 'UTC', '09:00', '17:00')"
    )
    market.execute(
        "INSERT INTO fo.session (exchange, session, opens_at, closes_at)"
        " VALUES ('OWN', current_date, now() - interval '2 hours', now() - interval '1 hour')"
    )
    market.execute("UPDATE fo.instrument SET exchange = 'OWN'")
    add(market, "ticks")
    with feeding(dsn, settings(), outside(ticks=source), QUICK):
        wait_for(lambda: source.connections == 1)
        begun = monotonic()
        wait_for(lambda: monotonic() - begun > 4 * QUICK.silence)
        assert source.connections == 1
        market.execute("UPDATE fo.session SET closes_at = now() + interval '1 hour'")
        wait_for(lambda: source.connections >= 2)
        failure = wait_for(lambda: feed(market, "ticks")["failure"])
    assert failure.startswith("no message for")


@pytest.mark.one_engine
def test_another_process_goes_on_when_the_one_that_drives_is_killed(
    market: psycopg.Connection, dsn: str
) -> None:
    sends = [[send(btc_line(10.0)), silence()], [send(btc_line(20.0)), silence()]]
    secrets = Secrets({})
    world = Outside(plugin_of, live_wires(secrets), secrets)
    with served(FeedServer({"/lines": sends})) as address:
        market.execute(
            "SELECT ops.set_feed('lines', 'websocket', '{BTC}', %s, 1, TRUE)",
            [json.dumps({"url": f"ws{address[4:]}/lines"})],
        )
        child = subprocess.Popen(
            [sys.executable, "-m", "pgstrike", "feed", "run", "lines"],
            cwd=ROOT,
            env={**os.environ, "PGSTRIKE_DSN": dsn},
        )
        try:
            wait_for(lambda: prices(market) == {10.0})
            with feeding(dsn, settings(), world, QUICK) as runner:
                assert not runner.driven
                child.kill()
                wait_for(lambda: prices(market) == {10.0, 20.0})
                assert feed(market, "lines")["attempt"] == 2
        finally:
            child.kill()
            child.wait()


@pytest.mark.long
@pytest.mark.parametrize("engine", ["postgres", "timescaledb"])
def test_feed_keeps_its_connection_and_stores_on_after_a_crash_of_postgres(
    engine: Engine,
) -> None:
    server = make_server(engine, {})  # what was committed survives
    if server is None:
        pytest.skip("no TimescaleDB")
    source, opened = Source("ETH"), threading.Event()
    lines = [send(btc_line(30.0)), gate(opened), send(btc_line(40.0)), silence()]
    secrets, its_server = Secrets({}), FeedServer({"/lines": [lines]})
    world = Outside(
        lambda kind: source.feed if kind == "ticks" else plugin_of(kind),
        live_wires(secrets),
        secrets,
    )
    with (
        served(its_server) as address,
        running(server),
        clone(server, make_template(server), "own") as dsn,
    ):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO fo.instrument (symbol, exchange)"
                " VALUES ('BTC', 'DERIBIT'), ('ETH', 'DERIBIT')"
            )
            add(connection, "ticks", 1, "ETH")
            connection.execute(
                "SELECT ops.set_feed('lines', 'websocket', '{BTC}', %s, 1, TRUE)",
                [json.dumps({"url": f"ws{address[4:]}/lines"})],
            )
        with feeding(dsn, settings(), world, PATIENT) as runner:
            wait_for(lambda: stored(dsn) == {10.0, 30.0})
            server.stop("immediate")
            source.price, changed = 20.0, monotonic()
            opened.set()
            heard = runner.driven["ticks"].connection.heard
            wait_for(lambda: heard.at and heard.at > changed + 0.1)
            source.is_silent = True  # what it said last was never said again
            server.start()
            wait_for(lambda: stored(dsn) == {10.0, 20.0, 30.0, 40.0})
            wait_for(lambda: attempts(dsn) == {2})
        assert (source.connections, its_server.connections) == (1, 1)


def attempts(dsn: str) -> set[int]:
    with psycopg.connect(dsn) as connection:
        found = select(connection, "SELECT attempt FROM job.feed")
        return {row["attempt"] for row in found}


def stored(dsn: str) -> set[float]:
    with psycopg.connect(dsn) as connection:
        return prices(connection)
