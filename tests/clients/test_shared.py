"""Tabs of one browser that share a stream: pgstrike.js in Chromium."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from aiohttp import web

from pgstrike.api.http.route import Caller, Route
from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import KEY, Client, Serve
from tests.support.browser import PAGE_POLICY
from tests.support.dashboard import CHROMIUM, Browser, browsing
from tests.support.live_market import EXPIRIES, open_store, quote, refresh

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]

TABS = 10
PAGE = f"""<!doctype html><link rel="icon" href="data:,"><script type="module">
import {{ Client }} from "/static/pgstrike.js";
const client = new Client("", {{ key: "{KEY}" }});
const symbol = new URLSearchParams(location.search).get("symbol") ?? "NIFTY";
window.resets = 0;
const onEvent = ({{ type }}) => {{ if (type === "reset") window.resets += 1; }};
const shared = client.sharedPanel({{ symbol, fields: "oi", interval: 0 }}, {{ onEvent }});
window.seen = [];
window.shared = shared;
try {{
  for await (const panel of shared) {{
    window.ids = panel.event.id;
    window.clock = panel.clock;
    window.symbols = [...new Set([...panel.chains.values()].map((each) => each.symbol))];
    window.seen.push(panel.event.type);
  }}
}} catch (error) {{ window.failed = error.code; }}
</script>"""
BEGUN = "before => window.seen.slice(before).includes('snapshot')"
CLOCK = "want => window.clock && Date.parse(window.clock) === Date.parse(want)"


@pytest.fixture
async def opened(
    serve: Serve,
    dsn: str,
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Client, Browser]]:
    """A server of one snapshot and of the page, and a browser."""
    quote(open_store(connection), 0, expiries=EXPIRIES[:1])
    refresh(connection)

    async def show(request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": f"{PAGE_POLICY}; img-src data:"}
        return web.Response(text=PAGE, content_type="text/html", headers=headers)

    row = Route("GET", "/page", show, Caller.ANYONE, "The page.")
    monkeypatch.setattr("pgstrike.api.app.ROUTES", (*ROUTES, row))
    async with serve() as client, browsing(client.address, dsn) as browser:
        yield client, browser


async def is_live(page: Any, connection: psycopg.Connection) -> None:
    [[clock]] = connection.execute(
        "SELECT clock FROM fo.instrument WHERE symbol = 'NIFTY'"
    ).fetchall()
    await page.wait_for_function(CLOCK, arg=clock.isoformat())


def is_stream(response: Any) -> bool:
    return "/v1/stream?" in str(response.url)


async def streams(client: Client) -> int:
    _, health = await client.get("/health")
    return int(health["streams"])


async def test_ten_tabs_share_a_stream_and_another_goes_on(
    opened: tuple[Client, Browser], connection: psycopg.Connection
) -> None:
    """The tab that read it is closed: no tab begins again, and none misses a quote."""
    client, browser = opened
    pages = [await browser.tab("page") for _ in range(TABS)]
    for page in pages:
        await is_live(page, connection)
    assert await streams(client) == 1
    begun = [await page.evaluate("seen.length") for page in pages]
    # A panel that nobody reads knows no past: the next tab would begin with a snapshot.
    async with browser.context.expect_event("response", is_stream):
        await pages.pop(0).close()
    quote(open_store(connection), 1, expiries=EXPIRIES[:1], seed=1)
    for page, before in zip(pages, begun[1:], strict=True):
        await is_live(page, connection)
        came = (await page.evaluate("seen"))[before:]
        assert came and "snapshot" not in came
        assert await page.evaluate("resets") == 0
    assert await streams(client) == 1
    assert browser.faults == []


async def test_a_wrong_wish_of_one_tab_is_no_error_of_the_others(
    opened: tuple[Client, Browser], connection: psycopg.Connection
) -> None:
    _, browser = opened
    page = await browser.tab("page")
    await is_live(page, connection)
    other = await browser.tab("page?symbol=NOSUCH")
    await other.wait_for_function("() => window.failed === 'unknown_symbol'")
    quote(open_store(connection), 1, expiries=EXPIRIES[:1], seed=1)
    await is_live(page, connection)
    assert await page.evaluate("window.failed === undefined")


async def test_a_tab_has_the_connection_opened_again(
    opened: tuple[Client, Browser], connection: psycopg.Connection
) -> None:
    """Also one that does not read it; the panel begins anew for both, in one stream."""
    _, browser = opened
    pages = [await browser.tab("page") for _ in range(2)]
    for page in pages:
        await is_live(page, connection)
    for asks in reversed(pages):
        begun = [await page.evaluate("seen.length") for page in pages]
        await asks.evaluate("shared.again()")
        for page, before in zip(pages, begun, strict=True):
            await page.wait_for_function(BEGUN, arg=before)
    quote(open_store(connection), 1, expiries=EXPIRIES[:1], seed=1)
    for page in pages:
        await is_live(page, connection)
    assert browser.faults == []
