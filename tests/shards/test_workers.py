"""Workers of one host share one listener of each server."""

import asyncio
import json
import os
import signal
from pathlib import Path

import aiohttp
import psycopg
import pytest

from pgstrike.db.shards import NAME
from pgstrike_client import Client, Timing
from tests.shards.conftest import SHARD
from tests.support.api_process import API_KEY
from tests.support.live_market import epoch
from tests.support.supervised import (
    PATIENCE,
    Writer,
    listeners,
    listening,
    until,
    workers,
)

pytestmark = pytest.mark.one_engine

LAST = 100


@pytest.fixture
def file(tmp_path: Path, other_dsn: str) -> Path:
    made = tmp_path / "shards.toml"
    made.write_text(f'[bank]\ndsn = {json.dumps(other_dsn)}\nsymbols = ["{SHARD}"]\n')
    return made


async def read_both(where: str, after: str, readers: int) -> list[dict[str, list[int]]]:
    """The ids that readers get of each epoch, up to LAST."""

    async def read() -> dict[str, list[int]]:
        ids: dict[str, list[int]] = {}
        key, timing = API_KEY["PGSTRIKE_API_KEY"], Timing(first_wait=0.05)
        async with Client(where, key=key, timing=timing) as client:
            async for event in client.stream(after=after):
                ids.setdefault(event.body["epoch"], []).append(event.body["id"])
                if len(ids) == 2 and all(own[-1] >= LAST for own in ids.values()):
                    return {
                        epoch: own[: own.index(LAST) + 1] for epoch, own in ids.items()
                    }
        raise AssertionError

    return await asyncio.gather(*(read() for _ in range(readers)))


async def placement_of(where: str) -> str:
    """The last part of an id: which symbols live where."""
    headers = {"Authorization": f"Bearer {API_KEY['PGSTRIKE_API_KEY']}"}
    async with (
        aiohttp.ClientSession(where, headers=headers) as session,
        session.get("/v1/bootstrap") as response,
    ):
        event: str = (await response.json())["event"]
    return event.rpartition(",")[2]


@pytest.mark.parametrize(
    "number",
    [
        None,
        signal.SIGKILL,
        pytest.param(signal.SIGSTOP, marks=pytest.mark.long),
    ],
)
async def test_one_listener_of_each_server(
    dsn: str, other_dsn: str, file: Path, number: signal.Signals | None
) -> None:
    """Nor is an event lost or repeated where the process that listens is killed or hangs."""
    writers = [Writer(dsn), Writer(other_dsn)]
    with (
        psycopg.connect(dsn, autocommit=True) as home,
        psycopg.connect(other_dsn, autocommit=True) as other,
        workers(dsn, 4, **{NAME: str(file)}) as (supervisor, where),
    ):
        both = (home, other)
        assert [len(listeners(each)) for each in both] == [1, 1]
        for writer in writers:
            writer.start()
        async with asyncio.timeout(2 * PATIENCE):
            placement = await placement_of(where)
            after = ",".join([*(f"{epoch(each)}:0" for each in both), placement])
            reading = asyncio.create_task(read_both(where, after, 4))
            if number is not None:
                await until(lambda: min(writer.count for writer in writers) > LAST // 4)
                [pid] = listening(supervisor)
                os.kill(pid, number)
            found = await reading
            await until(lambda: [len(listeners(each)) for each in both] == [1, 1])
        for writer in writers:
            writer.stopping.set()
            writer.join()
        whole = {epoch(each): [*range(1, LAST + 1)] for each in both}
    assert found == [whole] * 4
