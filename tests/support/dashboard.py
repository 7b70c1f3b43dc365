"""The dashboard in Chromium, as a reader opens it: by a link that signs in once."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from pgstrike.api.access import api_keys

playwright = pytest.importorskip(
    "playwright.async_api", reason="there is no Playwright"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 60_000
# The page neither polls nor connects.
STREAMS = """() => !/polling|connect/.test(
    document.querySelector("#badge")?.innerText ?? "connecting")"""
BADGE = "want => document.querySelector('#badge')?.innerText.startsWith(want)"
# What was asked for before is drawn.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
# The texts of cells that reach beyond them, or are covered by the mark of a strike.
TOO_WIDE = """cells => cells.filter(cell => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const mark = cell.querySelector(".at-strike");
    if (mark) range.setStartAfter(mark);
    const text = range.getBoundingClientRect();
    const box = cell.getBoundingClientRect();
    const left = mark?.textContent ? mark.getBoundingClientRect().right : box.left;
    return text.width > 0 && (text.left < left - 0.5 || text.right > box.right + 0.5);
}).map(cell => cell.textContent)"""
CELLS = """rows => Object.fromEntries(rows.map(row => [row.dataset.strike,
    Object.fromEntries([...row.querySelectorAll("td")].map(cell => {
        const [leg, name] = cell.className.split(" ");
        const exact = cell.exact?.() ?? "";
        const isSize = /units$|^unknown$/.test(exact);
        return [leg + name.replace("c-", "_"), (isSize ? exact : cell.textContent).trim()];
    }))]))"""


class Browser:
    """One browser, whose tabs share cookies; what goes wrong in a page is noted."""

    def __init__(self, context: Any, address: str, dsn: str) -> None:
        self.context = context
        self.address = address
        self.faults: list[str] = []
        self._dsn = dsn

    async def tab(self, query: str = "") -> Any:
        """A page of the dashboard, in a tab of its own."""
        page = await self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("response", self._answered)
        page.on("request", self._asked)
        await page.goto(f"{self.address}/{query}")
        return page

    async def signed_in(self, query: str = "", name: str | None = None) -> Any:
        """A page that was opened with a link, for the key of a name or the settings'."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            link = api_keys.link(name, self.address, connection)
        return await self.tab(f"{query}#{link.partition('#')[2]}")

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status} {response.url}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"it asked {request.url}")


class Held:
    """Requests that are held until they are let go."""

    def __init__(self) -> None:
        self.is_free = asyncio.Event()
        self.came = asyncio.Event()

    async def __call__(self, route: Any) -> None:
        self.came.set()
        await self.is_free.wait()
        await route.continue_()


@contextlib.asynccontextmanager
async def launched() -> AsyncIterator[Any]:
    """A Chromium that runs, without a profile."""
    async with playwright.async_playwright() as started:
        chromium = await started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        try:
            yield chromium
        finally:
            await chromium.close()


@contextlib.asynccontextmanager
async def profile(
    chromium: Any, address: str, dsn: str, **options: Any
) -> AsyncIterator[Browser]:
    """A reader of a server's address, who shares nothing with another.

    `options` are those of a Playwright context.
    """
    context = await chromium.new_context(**options)
    try:
        yield Browser(context, address, dsn)
    finally:
        await context.close()


@contextlib.asynccontextmanager
async def browsing(address: str, dsn: str, **options: Any) -> AsyncIterator[Browser]:
    """The same, in a Chromium of its own."""
    async with (
        launched() as chromium,
        profile(chromium, address, dsn, **options) as found,
    ):
        yield found


async def ladder(page: Any) -> dict[float, dict[str, str]]:
    """The texts of the ladder's cells, by strike and by leg and column; sizes in units.

    They are of the instant that the address names: else the panel is marked as old.
    """
    try:
        await page.evaluate(DRAWN)
        await page.wait_for_selector(".panel:not(.is-old) tr.row")
    except playwright.Error as error:
        text = await page.inner_text("body")
        raise AssertionError(f"no ladder at {page.url}: {text}") from error
    return await cells(page)


async def cells(page: Any) -> dict[float, dict[str, str]]:
    """The texts of the ladder that is drawn now, also of another instant."""
    found = await page.eval_on_selector_all("tr.row", CELLS)
    return {float(strike): texts for strike, texts in found.items()}
