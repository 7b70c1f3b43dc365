"""The views of the dashboard, over a few snapshots of a recorded session."""

import gzip
from itertools import islice
from typing import Any

import psycopg
from psycopg.rows import dict_row

from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.replay_pacing import snapshots
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import DATA
from tests.support.dashboard import DRAWN, Browser
from tests.support.live_market import open_store

EXPIRY = "2025-09-02"
DASH = "\N{EN DASH}"
# Of the recorded snapshots: the first 7 are of a holiday. Between the two is a hole.
TAKEN = (range(8, 12), range(24, 28))
WITH = '{"size":"units","numbers":"plain"}'
READY = """() => document.querySelector(".panel .body > :not(.loading)")
    && !document.querySelector(".loading, .is-loading")"""
LEGEND = """panel => Object.fromEntries(
    [...panel.querySelectorAll(".legend li:not(.lead)")].map(item =>
        ["span", "b"].map(name => item.querySelector(name).textContent)))"""
TILES = """panel => Object.fromEntries([...panel.querySelectorAll(".tile")].map(tile =>
    ["dt", "dd"].map(name => tile.querySelector(name).textContent)))"""


def add_session(connection: psycopg.Connection) -> None:
    """A few snapshots of a recorded session, some of them after a hole."""
    store = open_store(connection)
    with gzip.open(DATA / "nse-nifty-2025-08-29.csv.gz") as file:
        last = TAKEN[-1].stop
        for place, batch in enumerate(islice(snapshots(read_nse_csv(file, 75)), last)):
            if any(place in taken for taken in TAKEN):
                store.add(batch)
    refresh_all(connection)


class Page:
    """A page that goes from view to view."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address

    async def show(self, view: str, at: str | None = None) -> None:
        instant = "" if at is None else f"&at={at}"
        query = f"?symbol=NIFTY&expiry={EXPIRY}&over=5m&view={view}{instant}"
        await self.page.goto(f"{self.address}/{query}")
        await self.page.wait_for_function(READY, timeout=60_000)
        # A chart is drawn with the first layout of its box.
        await self.page.evaluate(DRAWN)

    async def legend(self, panel: str) -> dict[str, str]:
        found: dict[str, str] = await self.page.eval_on_selector(
            f".panel-{panel}", LEGEND
        )
        return found

    async def tiles(self, panel: str) -> dict[str, str]:
        found: dict[str, str] = await self.page.eval_on_selector(
            f".panel-{panel}", TILES
        )
        return found

    async def statements(self) -> list[str]:
        """The SQL of every panel that has one, as its dialog shows it."""
        found = []
        for button in await self.page.query_selector_all(".tools button"):
            if await button.inner_text() == "SQL":
                await button.click()
                found.append(await self.page.inner_text("dialog pre"))
                await self.page.keyboard.press("Escape")
        return found


async def opened(browser: Browser) -> Page:
    """A signed-in page that writes figures as they are."""
    tab = await browser.signed_in()
    # Another address before the code has become a cookie would leave it used for nothing.
    await tab.wait_for_selector("main .panel")
    await tab.evaluate(f"localStorage.setItem('pgstrike', '{WITH}')")
    return Page(tab, browser.address)


def rows_of(
    connection: psycopg.Connection, sql: str, *values: Any
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql, values).fetchall()


def row(connection: psycopg.Connection, sql: str, *values: Any) -> dict[str, Any]:
    return rows_of(connection, sql, *values)[-1]
