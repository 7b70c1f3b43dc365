"""Read, then stream while a recorded session plays: the reader ends with the snapshot."""

import asyncio
import gzip
import json
import random
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from pgstrike.db.connection import connect
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.replay_pacing import snapshots
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.api.conftest import Serve
from tests.support.sse_reader import Stream

SNAPSHOTS = 60  # after 10 that are stored before the reader comes
EXPIRY = "2025-09-30"
Held = dict[tuple[str, float], tuple[Any, Any]]


def recorded(data: Path) -> list[QuoteBatch]:
    """The first snapshots of a session, some of them late."""
    with gzip.open(data / "nse-banknifty-2025-08-29.csv.gz") as file:
        batches = list(islice(snapshots(read_nse_csv(file, 35)), 10 + SNAPSHOTS))
    late = random.Random(5)
    for place in late.sample(range(12, len(batches) - 1), 12):
        batches[place], batches[place + 1] = batches[place + 1], batches[place]
    return batches


def play(dsn: str, batches: list[QuoteBatch]) -> int:
    """Store the batches, refreshing now and then. Returns the chain's newest event."""
    with connect(dsn, "test") as writer:
        store = Store(writer, source="test", rate=0.065, horizon=timedelta(days=30))
        for number, batch in enumerate(batches):
            store.add(batch)
            if number % 7 == 0:
                refresh_all(writer)
        refresh_all(writer)
        row = writer.execute(
            "SELECT max(id) FROM fo.event WHERE topic = 'chain' AND expiry = %s",
            [EXPIRY],
        ).fetchone()
        assert row is not None
        return int(row[0])


async def read(session: Any, indicator: str) -> tuple[str, Held]:
    """The strikes of one expiry as REST has them, and the event they include."""
    path = f"/fo/strike-distribution?symbol=BANKNIFTY&expiry={EXPIRY}&indicator={indicator}"
    status, body = await session.get(path)
    assert status == 200, body
    rows = [dict(zip(body["columns"], row, strict=True)) for row in body["rows"]]
    held = {(row["expiry"], row["strike"]): (row["call"], row["put"]) for row in rows}
    return body["event"], held


async def follow(
    stream: Stream, held: Held, indicator: str, playing: "asyncio.Task[int]"
) -> None:
    """Apply chain events as they come, until the last one that was played."""
    newest = 0
    while not playing.done() or newest < playing.result():
        coming = asyncio.ensure_future(stream.next())
        await asyncio.wait([coming, playing], return_when=asyncio.FIRST_COMPLETED)
        if playing.done() and newest >= playing.result():
            coming.cancel()
            return
        payload = json.loads((await coming).data)
        if "rows" in payload:
            for row in payload["rows"]:
                strike = dict(zip(payload["columns"], row, strict=True))
                pair = (strike[f"call_{indicator}"], strike[f"put_{indicator}"])
                held[payload["expiry"], strike["strike"]] = pair
        newest = payload["id"]


async def test_reader_holds_what_the_snapshot_says(
    dsn: str, connection: psycopg.Connection, data: Path, serve: Serve
) -> None:
    batches = recorded(data)
    play(dsn, batches[:10])
    async with serve() as client:
        event, held = await read(client, "oi")
        playing = asyncio.create_task(asyncio.to_thread(play, dsn, batches[10:]))
        query = f"?after={event}&symbol=BANKNIFTY&expiry={EXPIRY}&topic=chain"
        async with client.stream(query) as stream:
            await asyncio.wait_for(follow(stream, held, "oi", playing), 60)
    said = connection.execute(
        "SELECT expiry::text, strike, call_oi, put_oi FROM fo.latest_snapshot"
        " WHERE timeframe = 'live' AND symbol = 'BANKNIFTY' AND expiry = %s",
        [EXPIRY],
    )
    assert held == {(row[0], row[1]): (row[2], row[3]) for row in said}
