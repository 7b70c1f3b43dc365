"""The page at five updates a second, for as long as a trader leaves it open."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from tests.conftest import Stock
from tests.support.dashboard import CHROMIUM, STREAMS, Browser, ladder
from tests.support.live_market import EXPIRIES, UNDERLYING, open_store, quote, refresh

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.long,
    pytest.mark.timeout(15 * 60),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]

STRIKES = tuple(float(strike) for strike in range(23_000, 26_000, 50))
CLOCK = "SELECT clock FROM fo.instrument WHERE symbol = 'NIFTY'"
INTERVAL = 0.2
# Seconds: until the page has loaded and V8 has compiled what runs often, and then.
SETTLE, LOOK = 120, 480
READINGS = 6  # of the heap: the answer of a load in flight, 0.4 MB, is in some of them
MOST_SHIFT = 0.01
MOST_GROWTH = 1.1
SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries())
            if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""


def add(connection: psycopg.Connection, at: int) -> None:
    """A snapshot of 60 strikes; the money goes up and down by three of them."""
    quote(
        open_store(connection),
        1 + at / 60,
        expiries=EXPIRIES[:1],
        strikes=STRIKES,
        underlying=round(UNDERLYING + 150 * math.sin(at / 50), 2),
        seed=at,
    )


def first(connection: psycopg.Connection) -> None:
    add(connection, 0)
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return first


@asynccontextmanager
async def feeding(dsn: str) -> AsyncIterator[list[int]]:
    """A feed of five snapshots a second; gives the numbers of those that were stored."""
    stored: list[int] = []
    ended = asyncio.Event()

    async def feed() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            at = 0
            while not ended.is_set():
                at += 1
                due = asyncio.create_task(asyncio.sleep(INTERVAL))
                await asyncio.to_thread(add, connection, at)
                stored.append(at)
                await due

    task = asyncio.create_task(feed())
    try:
        yield stored
    finally:
        ended.set()
        await task


class Meter:
    """What a page has used so far."""

    def __init__(self, cdp: Any, page: Any) -> None:
        self.cdp = cdp
        self.page = page

    async def read(self) -> dict[str, float]:
        """The least heap of some readings, in bytes, and the layout shift so far."""
        heaps = []
        for _ in range(READINGS):
            heaps.append(await self._heap())
            await asyncio.sleep(INTERVAL)
        return {"heap": min(heaps), "shift": await self.page.evaluate("shifted")}

    async def _heap(self) -> float:
        await self.cdp.send("HeapProfiler.collectGarbage")
        answer = await self.cdp.send("Performance.getMetrics")
        found = {each["name"]: each["value"] for each in answer["metrics"]}
        return float(found["JSHeapUsedSize"])


async def test_a_page_that_stays_open_keeps_still(browser: Browser, dsn: str) -> None:
    """No layout shift while the money moves, and no growing heap."""
    await browser.context.add_init_script(SHIFTS)
    page = await browser.signed_in()
    await ladder(page)
    cdp = await browser.context.new_cdp_session(page)
    await cdp.send("Performance.enable")
    meter = Meter(cdp, page)
    async with feeding(dsn) as stored:
        await asyncio.sleep(SETTLE)
        before, fed = await meter.read(), len(stored)
        await asyncio.sleep(LOOK)
        after, fed = await meter.read(), len(stored) - fed
    said = f"{fed / LOOK:.1f} snapshots/s: {before}, then {after}"
    assert after["shift"] - before["shift"] < MOST_SHIFT, said
    assert after["heap"] < MOST_GROWTH * before["heap"], said
    # Nothing refreshes the snapshot here, which /health tells by its status.
    assert [fault for fault in browser.faults if "503" not in fault] == []


async def test_ten_tabs_are_live_by_one_stream(
    browser: Browser, client: Any, connection: psycopg.Connection
) -> None:
    pages = [await browser.signed_in()]
    await ladder(pages[0])
    pages += [await browser.tab() for _ in range(9)]
    for page in pages:
        await page.wait_for_function(STREAMS)
    _, health = await client.get("/health")
    assert health["streams"] == 1
    add(connection, 1)
    [[clock]] = connection.execute(CLOCK).fetchall()
    wanted = f"{clock:%Y-%m-%dT%H:%M:%S}"
    for page in pages:
        await page.bring_to_front()
        await page.wait_for_selector(f"time.clock[datetime^='{wanted}']")
    assert browser.faults == []
