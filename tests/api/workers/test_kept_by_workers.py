"""Two processes keep answers each for itself, and none is older than its reader knows."""

import asyncio
import random
import threading
from typing import Any

import aiohttp
import psycopg
import pytest

from tests.support.api_process import API_KEY
from tests.support.live_market import epoch, open_store, quote, refresh
from tests.support.supervised import workers

pytestmark = pytest.mark.one_engine

COMMITS = 25
READERS = 8
PATIENCE = 120
READ = (
    "SELECT version.event_id, json_agg(json_build_array("
    "pcr.expiry, pcr.pcr_oi, pcr.pcr_volume) ORDER BY pcr.expiry)"
    " FROM fo.snapshot_version AS version CROSS JOIN analytics.pcr('NIFTY') AS pcr"
    " GROUP BY version.event_id"
)
FIELDS = ("expiry", "pcr_oi", "pcr_volume")


class Writer(threading.Thread):
    """Commits quotes at random; what psql answers after each is noted, by its event."""

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self.dsn = dsn
        self.said: dict[int, Any] = {}
        self.newest = 0
        self.pause = threading.Event()

    def run(self) -> None:
        chance = random.Random(14)
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            store = open_store(connection)
            for minute in range(1, COMMITS):
                quote(store, minute, seed=minute)
                refresh(connection)
                self.note(connection)
                self.pause.wait(chance.random() / 20)

    def note(self, connection: psycopg.Connection) -> None:
        row = connection.execute(READ).fetchone()
        assert row is not None
        self.said[row[0]], self.newest = row[1], row[0]


@pytest.mark.long
async def test_answer_is_what_psql_said_at_its_event(
    dsn: str, connection: psycopg.Connection
) -> None:
    writer = Writer(dsn)
    quote(open_store(connection), 0)
    refresh(connection)
    writer.note(connection)
    name, answered = epoch(connection), []
    limits = {"PGSTRIKE_REQUESTS_PER_SECOND": "0"}
    key = {"Authorization": f"Bearer {API_KEY['PGSTRIKE_API_KEY']}"}

    async def read(session: aiohttp.ClientSession, known: int) -> None:
        path = f"/v1/metrics/pcr?symbol=NIFTY&after={name}:{known}"
        async with session.get(path) as answer:
            found = await answer.json()
        assert answer.status == 200, found
        event = int(found["event"].split(":")[1])
        assert event >= known
        places = [found["columns"].index(field) for field in FIELDS]
        rows = [[row[place] for place in places] for row in found["rows"]]
        answered.append((event, rows))

    async def reader(session: aiohttp.ClientSession) -> None:
        while writer.is_alive():
            await read(session, writer.newest)

    with workers(dsn, 2, **limits) as (_, address):
        async with (
            asyncio.timeout(PATIENCE),
            # A connection for each request, so that either process answers.
            aiohttp.ClientSession(
                address, headers=key, connector=aiohttp.TCPConnector(force_close=True)
            ) as session,
        ):
            writer.start()
            await asyncio.gather(*(reader(session) for _ in range(READERS)))
            await read(session, writer.newest)
    writer.join()
    assert len({event for event, _ in answered}) > COMMITS / 5
    for event, rows in answered:
        # The event of the snapshot itself follows the one that the snapshot includes.
        assert rows == writer.said[max(said for said in writer.said if said <= event)]
