"""Read, then stream while a recorded session plays: the reader ends with the snapshot."""

import asyncio
import json
from pathlib import Path
from typing import Any

import psycopg

from tests.api.conftest import Serve
from tests.support.played import EXPIRY, play, recorded
from tests.support.sse_reader import Stream

Held = dict[tuple[str, float], tuple[Any, Any]]


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
