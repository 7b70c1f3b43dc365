"""Postgres is away under every program at once: each says so, waits, and goes on."""

import urllib.request
from collections.abc import Callable
from pathlib import Path
from threading import Event
from urllib.error import HTTPError

import psycopg
import pytest

from pgstrike.db.embedded.server import Server
from tests.support.api_process import running_api
from tests.support.ingesting import ingesting, quote, stored, wait_until_stored
from tests.support.quote_market import value
from tests.support.scheduled import wait_for as until
from tests.support.tasks import running, wait_for_kinds

NEWEST = "SELECT max(quote_time) FROM fo.latest_snapshot WHERE timeframe = 'live'"
CLOCK = "SELECT clock FROM fo.instrument WHERE symbol = 'NIFTY'"


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(f"{url}/ready") as response:
            return int(response.status)
    except HTTPError as refused:
        return refused.code


def wait_until_running(database: str) -> None:
    """Until `run` has offered its kinds: where it cannot connect at first, it ends."""
    with psycopg.connect(database, autocommit=True) as connection:
        wait_for_kinds(connection)


@pytest.mark.long
def test_each_program_waits_and_says_for_what(
    server: Server,
    database: str,
    tmp_path: Path,
    times: Callable[[int, int], int],
    measured: Callable[[str], None],
) -> None:
    seconds = times(3, 60)
    log = tmp_path / "run.log"
    with (
        ingesting(database) as ingest,
        running(database, log) as run,
        running_api(database, tmp_path) as api,
    ):
        ingest.write(quote(0))
        wait_until_stored(database, 1)
        until(lambda: status(api.url) == 200, seconds=30)
        wait_until_running(database)
        server.stop("immediate")
        ingest.write(*map(quote, range(1, 26)))
        ingest.wait_for("the database is away, and waited for")
        until(
            lambda: "the database is away and is tried again" in log.read_text(),
            seconds=30,
        )
        until(lambda: "listen_lost" in api.log.read_text(), seconds=30)
        until(lambda: status(api.url) == 503, seconds=30)
        Event().wait(seconds)  # the outage itself
        assert run.poll() is None and api.process.poll() is None
        server.start()
        ingest.wait_for("the database is back after")
        summary = ingest.end()
        assert summary["rows read"] == 26 and "read, not stored" not in summary
        until(lambda: status(api.url) == 200, seconds=60)
        with psycopg.connect(database, autocommit=True) as connection:
            assert stored(connection) == 26
            until(
                lambda: value(connection, NEWEST) == value(connection, CLOCK),
                seconds=60,
            )
    measured(
        f"outage: {seconds} s under run, serve and ingest, 26 lines written, 0 lost"
    )
