"""One key with as many panels as it can open; the readers of others do not wait for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from itertools import combinations, count
from pathlib import Path
from statistics import median
from time import monotonic

import aiohttp
import psycopg
import pytest

from pgstrike.api.access.key_hash import hash_of
from tests.support.api_process import HEADERS, Api, connected, running_api
from tests.support.live_market import open_store, quote
from tests.support.sse_reader import Stream

pytestmark = pytest.mark.one_engine

GREEDY = "greedy-key"
STRIKES = tuple(float(strike) for strike in range(24000, 25000, 50))
FIELDS = [
    f"{leg}_{name}" for leg in ("call", "put") for name in ("ltp", "iv", "oi", "volume")
]
LET_OFF = {
    "PGSTRIKE_MAX_SUBSCRIPTIONS_PER_KEY": "1000",
    "PGSTRIKE_MIN_INTERVAL_MS": "0",
}
ROUNDS = 15
TIMES_SLOWER = 5  # than without: the tests' machine does other things as well


def panels(wanted: int) -> list[str]:
    """Different panels, all of which change with each batch."""
    found = [
        f"/fo/stream?symbol=NIFTY&interval=0&strikes={lowest}..25000&fields={','.join(fields)}"
        for fields in combinations(FIELDS, 4)
        for lowest in range(24000, 24700, 50)
    ]
    return found[:: len(found) // wanted][:wanted]


@contextlib.asynccontextmanager
async def reading(api: Api, paths: list[str]) -> AsyncIterator[list[int]]:
    """Read so many streams, and count the bytes of each."""
    counts = [0] * len(paths)

    async def read(number: int) -> None:
        asked = (
            f"GET {paths[number]} HTTP/1.1\r\nHost: h\r\n"
            f"Authorization: Bearer {GREEDY}\r\n\r\n"
        )
        async with connected(api.host, api.port, asked.encode()) as wire:
            while chunk := await wire.reader.read(1 << 20):
                counts[number] += len(chunk)

    tasks = [asyncio.create_task(read(number)) for number in range(len(paths))]
    try:
        async with asyncio.timeout(60):
            while not all(counts):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield counts
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.long
async def test_one_keys_panels_do_not_delay_others(
    dsn: str,
    connection: psycopg.Connection,
    tmp_path: Path,
    times: Callable[[int, int], int],
    measured: Callable[[str], None],
) -> None:
    wanted, minutes = times(200, 900), count(1)
    store = open_store(connection)
    quote(store, 0, strikes=STRIKES)
    connection.execute(
        "INSERT INTO job.api_key (name, key_hash) VALUES ('greedy', %s)",
        [hash_of(GREEDY)],
    )
    with running_api(dsn, tmp_path, files=4096, **LET_OFF) as api:
        async with (
            aiohttp.ClientSession(api.url, headers=HEADERS) as session,
            session.get("/fo/stream?topic=chain") as response,
        ):
            stream = Stream(response)

            async def delay() -> float:
                """From a batch's commit to the last of its events."""
                stored = await asyncio.to_thread(
                    quote, store, next(minutes), strikes=STRIKES, seed=7
                )
                began = monotonic()
                async with asyncio.timeout(60):
                    while not (await stream.next()).last_id.endswith(
                        f":{stored.event_id}"
                    ):
                        pass
                return monotonic() - began

            alone = median([await delay() for _ in range(ROUNDS)])
            async with reading(api, panels(wanted)) as counts:
                before = [*counts]
                beside = median([await delay() for _ in range(ROUNDS)])
                async with session.get("/health") as health:
                    assert health.status == 200, await health.text()
                grown = sum(
                    now > then for now, then in zip(counts, before, strict=True)
                )
        assert "listener" not in api.log.read_text()
    measured(
        f"starvation: beside {wanted} panels of one key another reader waits"
        f" {beside * 1000:.1f} ms instead of {alone * 1000:.1f} ms; {grown} panels go on"
    )
    assert grown > wanted / 2
    assert beside < TIMES_SLOWER * max(alone, 0.01)
