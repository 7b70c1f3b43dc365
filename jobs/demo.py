"""Everything at once: `make demo`, or with FEED=deribit on a live feed or its recording.

An embedded server of its own, migrated; jobs, api and a feed as the processes they are in
production; and a line of live figures every few seconds, read as any client would.
"""

import asyncio
import contextlib
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import psycopg

from pgstrike.db.answers import is_true
from pgstrike.db.connection import connect
from pgstrike.db.embedded.throwaway import throwaway_server
from pgstrike.db.errors import FeedError, PgstrikeError
from pgstrike.db.queries import query
from pgstrike.db.session import EVERYTHING
from pgstrike.db.sign_in_code import sign_in_link
from pgstrike.db.signals import STOP_SECONDS, ending_signals
from pgstrike.jobs.settings import JobsSettings

PGSTRIKE = [sys.executable, "-m", "pgstrike"]
LINE_SECONDS = 3.0
DERIBIT = "deribit"  # as FEED: the live feed, which needs no login
COIN = "BTC"
TRY_SECONDS = 20.0
# What would lead its processes elsewhere; the demo sets its own, or none.
REDIRECTING = {
    "PGSTRIKE_DSN",
    "PGSTRIKE_DATA_DIR",
    "PGSTRIKE_ENGINE",
    "PGSTRIKE_API_HOST",
    "PGSTRIKE_API_PORT",
    "PGSTRIKE_API_KEY",
}


class Options(NamedTuple):
    """What `make demo` was asked for."""

    feeds: list[str]
    lots: list[str]
    speed: float
    duration: float | None
    replay: Path | None = None  # a recording of the live feed

    @property
    def is_live(self) -> bool:
        return self.feeds == [DERIBIT]


class Process(NamedTuple):
    """A child, by what it is called in messages."""

    name: str
    child: "subprocess.Popen[bytes]"


def run(options: Options, settings: JobsSettings) -> None:
    """Play until the duration is over, the feed has ended, or Ctrl-C; then stop it all."""
    if options.replay and not options.is_live:
        raise PgstrikeError(f"--replay goes with --feed {DERIBIT}")
    for path in () if options.is_live else options.feeds:
        if not os.path.exists(path):
            raise PgstrikeError(
                f"no such file: {path}; give FEED=PATH of a recorded feed"
            )
    if settings.database.dsn is not None:
        say("PGSTRIKE_DSN is ignored: the demo has a database of its own")
    if options.is_live:
        look_at_source(options)
    stop = threading.Event()
    for number in ending_signals():
        signal.signal(number, lambda *_: stop.set())
    place = settings.database.data_dir.absolute()
    say("starting PostgreSQL ...")
    with throwaway_server(place.parent, f"{place.name}-demo-") as dsn:
        play(dsn, options, stop)


def look_at_source(options: Options) -> None:
    """Say what the live feed has to give, or in one line why it has nothing."""
    from pgstrike.jobs.live.outside import played_outside, real_outside
    from pgstrike.jobs.live.trying import try_feed

    row = {"name": DERIBIT, "kind": DERIBIT, "symbols": [COIN], "options": {}}
    if options.replay is not None:
        say(asyncio.run(try_feed(row, played_outside(options.replay, 0), TRY_SECONDS)))
        return
    try:
        say(asyncio.run(try_feed(row, real_outside(), TRY_SECONDS)))
    except FeedError as error:
        raise FeedError(
            f"Deribit cannot be reached ({error}); `make demo` needs no network"
        ) from None


def play(dsn: str, options: Options, stop: threading.Event) -> None:
    key, port = secrets.token_urlsafe(16), free_port()
    environ = {
        "PGSTRIKE_SNAPSHOT_SECONDS": "0.25",  # a minute of the market is a second here
        **{name: x for name, x in os.environ.items() if name not in REDIRECTING},
        "PGSTRIKE_DSN": dsn,
        "PGSTRIKE_API_KEY": key,
        "PGSTRIKE_API_PORT": str(port),
    }
    say("building the database ...")
    do(["upgrade"], environ)
    if options.is_live:
        do(adding(options), environ)
    if stop.is_set():
        return
    say("starting a feed, the refreshes and the API ...")
    with ExitStack() as stack:
        service = [
            stack.enter_context(process("run", ["run"], environ)),
            stack.enter_context(process("serve", ["serve"], environ)),
        ]
        feed = None
        if arguments := feed_arguments(options):
            feed = stack.enter_context(process("feed", arguments, environ))
        wait_for_api(port, service, stop)
        if feed and "--history" in arguments:
            say("storing the session before, and the last hour ...")
            wait_for_past(dsn, [*service, feed], stop)
        announce(dsn, key, port, COIN if options.is_live else "NIFTY")
        follow(dsn, service, feed, options.duration, stop)
    say("the demo has ended and its database is removed; next: docs/quickstart.md")


def do(arguments: list[str], environ: dict[str, str]) -> None:
    command = [*PGSTRIKE, *arguments]
    done = subprocess.run(command, env=environ, start_new_session=True)
    if done.returncode != 0:
        raise PgstrikeError(f"`pgstrike {' '.join(arguments)}` failed; see above")


def adding(options: Options) -> list[str]:
    """The live feed is on, and `run` drives it; one that is played is off."""
    add = ["feed", "add", DERIBIT, DERIBIT, "--symbol", COIN, "--exchange", "DERIBIT"]
    return [*add, "--off"] if options.replay else add


def feed_arguments(options: Options) -> list[str]:
    """The command that feeds; nothing where `run` does."""
    if options.is_live and options.replay is None:
        return []
    lots = [part for lot in options.lots for part in ("--lot", lot)]
    speed = ["--speed", f"{options.speed:g}"]
    if options.replay is not None:
        return ["feed", "run", DERIBIT, "--replay", str(options.replay), *speed]
    if options.feeds:
        files = [os.path.abspath(path) for path in options.feeds]
        return ["ingest", *files, *lots, *speed]
    return ["simulate", "--history", *speed]


@contextmanager
def process(
    name: str, arguments: list[str], environ: dict[str, str]
) -> Iterator[Process]:
    """A child of ours, in a session of its own: Ctrl-C reaches it through us, in order.

    It ends when its input does, so that it does not outlive us where we are killed.
    """
    with subprocess.Popen(
        [*PGSTRIKE, "--end-with-input", *arguments],
        env=environ,
        stdin=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        try:
            yield Process(name, child)
        finally:
            child.terminate()
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def go_on(processes: list[Process], stop: threading.Event) -> bool:
    return not stop.is_set() and all(each.child.poll() is None for each in processes)


def wait_for_past(dsn: str, processes: list[Process], stop: threading.Event) -> None:
    """Return once the page has its past to show, or something has ended."""
    with connect(dsn, "demo") as connection:
        while go_on(processes, stop) and not is_true(connection, "demo_past_is_shown"):
            stop.wait(0.1)


def wait_for_api(port: int, service: list[Process], stop: threading.Event) -> None:
    """Return once the API takes connections, or something has ended."""
    while go_on(service, stop):
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        stop.wait(0.05)


def announce(dsn: str, key: str, port: int, symbol: str) -> None:
    """Say where to look, in the order in which a newcomer wants it."""
    address = f"http://127.0.0.1:{port}"
    with connect(dsn, "demo") as connection:
        link = sign_in_link(address, EVERYTHING, connection)
    curl = f"curl -H 'Authorization: Bearer {key}'"
    say("")
    say(f"open    {link}")
    say("        (the link signs in once, within 10 minutes)")
    say("")
    say(f"SQL     PGSTRIKE_DSN={shlex.quote(dsn)} {this_command()} psql")
    say(f"REST    {curl} '{address}/v1/metrics/pcr?symbol={symbol}'")
    say(f"stream  {curl} -N {address}/v1/stream")
    say(f"health  {address}/health")
    say("")
    say("Ctrl-C ends the demo and removes its database. Figures every 3 s:")


def this_command() -> str:
    """`pgstrike`, as a shell in this folder finds it."""
    if shutil.which("pgstrike"):
        return "pgstrike"
    own = Path(sys.executable).with_name("pgstrike")
    return os.path.relpath(own) if own.exists() else f"{sys.executable} -m pgstrike"


def follow(
    dsn: str,
    service: list[Process],
    feed: Process | None,
    duration: float | None,
    stop: threading.Event,
) -> None:
    """A line of figures now and then, until something ends."""
    ends = monotonic() + duration if duration else float("inf")
    clocks: dict[str, datetime] = {}
    with connect(dsn, "demo") as connection:
        while not stop.wait(min(LINE_SECONDS, max(ends - monotonic(), 0.01))):
            figures(connection, clocks)
            if monotonic() >= ends:
                return
            for other in service:
                if other.child.poll() is not None:
                    raise PgstrikeError(f"{other.name} has ended; see above")
            if feed and (code := feed.child.poll()) is not None:
                if code != 0:
                    raise PgstrikeError("the feed has ended; see above")
                say("the feed has been played; Ctrl-C ends the demo")
                wait_for_end(stop, ends)
                return


def wait_for_end(stop: threading.Event, ends: float) -> None:
    stop.wait(None if ends == float("inf") else max(ends - monotonic(), 0))


def figures(connection: psycopg.Connection, clocks: dict[str, datetime]) -> None:
    """One line for each symbol that is quoted."""
    for symbol, clock, line in connection.execute(query("demo_figures")):
        stands = clocks.get(symbol) == clock
        say(line + ("  (the feed pauses, as real ones do)" if stands else ""))
        clocks[symbol] = clock


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
