"""The dashboard after its machine slept, the server began again, or it became a newer one."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest

from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.api_process import HEADERS, running_api
from tests.support.dashboard import (
    BADGE,
    CHROMIUM,
    STREAMS,
    Browser,
    Held,
    browsing,
    ladder,
)
from tests.support.shown_session import (
    SHOWS,
    SNAPSHOTS,
    add_session,
    add_snapshots,
    prices,
)

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]

HOUR_MS = 3_600_000
TABS = 3
# What a connection brings while the machine sleeps is lost, and nothing closes it. On most
# systems only the time of day goes on meanwhile.
SLEEPS = """
    const real = window.fetch, now = Date.now, wires = [];
    let slept = 0;
    Date.now = () => now() + slept;
    window.fallAsleep = () => wires.forEach(wire => { wire.isDead = true; });
    window.wakeUp = ms => { slept += ms; };
    window.fetch = async (asked, init) => {
        const response = await real(asked, init);
        if (!String(asked.url ?? asked).includes("/v1/stream")) return response;
        const wire = { isDead: false };
        wires.push(wire);
        return new Response(response.body.pipeThrough(new TransformStream({
            transform(chunk, to) { if (!wire.isDead) to.enqueue(chunk); },
        })), response);
    };
"""


@pytest.fixture
def stock() -> Stock:
    return add_session


async def streaming(browser: Browser, tabs: int = 1) -> list[Any]:
    """Tabs that show what the stream brings, and that a reload would rid of their mark."""
    pages = [await browser.signed_in()]
    await ladder(pages[0])
    pages += [await browser.tab() for _ in range(tabs - 1)]
    for page in pages:
        await page.bring_to_front()
        await page.wait_for_function(STREAMS)
        await page.wait_for_selector(".panel-ladder .loaded")
        await page.evaluate("window.isSame = true")
    return pages


async def shows(page: Any, figures: dict[str, str]) -> None:
    """The page streams these, without having been loaded again."""
    await page.bring_to_front()
    await page.wait_for_function(STREAMS)
    await page.wait_for_function(SHOWS, arg=figures)
    await page.wait_for_selector("body:not(.stale)")
    assert await page.evaluate("isSame")


async def one_stream(address: str) -> None:
    """The server has one; it may not know yet that another was closed."""
    async with aiohttp.ClientSession(address, headers=HEADERS) as session:
        while (await (await session.get("/health")).json())["streams"] != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "timers", ["stand still", pytest.param("go on", marks=pytest.mark.long)]
)
async def test_page_that_slept_shows_the_newest(
    browser: Browser, connection: psycopg.Connection, timers: str
) -> None:
    """And does not call figures of before the sleep live."""
    await browser.context.clock.install()
    await browser.context.add_init_script(SLEEPS)
    [page] = await streaming(browser)
    held = Held()  # before it sleeps: it may notice by itself, and ask
    for path in ("stream", "metrics/chain"):  # it asks for both
        await browser.context.route(f"**/v1/{path}?*", held)
    await page.evaluate("fallAsleep()")
    add_snapshots(connection, SNAPSHOTS, SNAPSHOTS + 1)
    if timers == "go on":
        await page.clock.fast_forward(HOUR_MS)
    else:
        await page.evaluate("wakeUp", HOUR_MS)
    await held.came.wait()
    await page.wait_for_function(BADGE, arg="connecting")
    await page.wait_for_selector("body.stale")
    newest = prices(connection)
    assert not await page.evaluate(SHOWS, newest)
    held.is_free.set()
    await shows(page, newest)
    assert browser.faults == []


async def test_page_that_was_frozen_shows_the_newest(
    browser: Browser, connection: psycopg.Connection
) -> None:
    [page] = await streaming(browser)
    cdp = await browser.context.new_cdp_session(page)
    await cdp.send("Page.setWebLifecycleState", {"state": "frozen"})
    add_snapshots(connection, SNAPSHOTS, SNAPSHOTS + 1)
    await cdp.send("Page.setWebLifecycleState", {"state": "active"})
    await shows(page, prices(connection))
    assert browser.faults == []


@pytest.mark.long
@pytest.mark.usefixtures("stock")
async def test_tabs_share_one_stream_again_after_the_server_began_again(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as before:
        api = before.enter_context(running_api(dsn, tmp_path))
        async with browsing(api.url, dsn) as browser:
            pages = await streaming(browser, TABS)
            await asyncio.to_thread(before.close)
            for page in pages:
                await page.bring_to_front()
                await page.wait_for_function(BADGE, arg="reconnecting")
                await page.wait_for_selector("body.stale")
            with running_api(dsn, tmp_path, PGSTRIKE_API_PORT=str(api.port)):
                for place, page in enumerate(pages, SNAPSHOTS):
                    # Each looks at new ones: those of a while ago are stale by the feed's pace.
                    await page.bring_to_front()
                    add_snapshots(connection, place, place + 1)
                    await shows(page, prices(connection))
                await one_stream(api.url)
            faults = browser.faults
    assert [
        fault for fault in faults if "ERR_" not in fault and "503" not in fault
    ] == []


async def test_page_that_was_opened_first_shows_the_first_quotes(
    client: Client, dsn: str, connection: psycopg.Connection
) -> None:
    """It looks for them each second: more often than at the server's health."""
    async with browsing(client.address, dsn) as browser:
        asked: list[str] = []
        browser.context.on("request", lambda each: asked.append(each.url))
        page = await browser.signed_in()
        await page.wait_for_selector("text=No quotes are stored yet")
        while sum("bootstrap" in url for url in asked) < 3:
            await browser.context.wait_for_event("request")
        assert sum("health" in url for url in asked) < 3
        add_session(connection)
        await ladder(page)
        assert [fault for fault in browser.faults if "503" not in fault] == []


async def test_page_whose_code_is_gone_says_what_to_do(browser: Browser) -> None:
    """A newer server has other files than the page that is open."""
    await browser.context.route(
        "**/static/dashboard/panels-*.js", lambda route: route.fulfill(status=404)
    )
    page = await browser.signed_in()
    await ladder(page)
    await page.keyboard.press("6")
    await page.wait_for_selector("text=perhaps it is a newer pgstrike now")
    await browser.context.unroute("**/static/dashboard/panels-*.js")
    await page.click("text=Load the page again")
    await page.wait_for_selector(".panel-tasks")
    assert "view=desk" in page.url
    assert [fault for fault in browser.faults if "404" not in fault] == []
