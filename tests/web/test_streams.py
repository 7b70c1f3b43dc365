"""The dashboard's stream in Chromium: one for all tabs, and polls where there can be none."""

from typing import Any

import psycopg
import pytest

from tests.conftest import Stock
from tests.support.dashboard import CHROMIUM, STREAMS, Browser, ladder
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


@pytest.fixture
def stock() -> Stock:
    return add_session


async def test_tabs_share_one_stream(
    browser: Browser, client: Any, connection: psycopg.Connection
) -> None:
    pages = [await browser.signed_in()]
    await ladder(pages[0])
    pages += [await browser.tab() for _ in range(3)]
    for page in pages:
        await page.wait_for_function(STREAMS)
    _, health = await client.get("/health")
    assert health["streams"] == 1
    await pages[0].close()  # the one that reads the stream: another takes its place
    add_snapshots(connection, SNAPSHOTS, SNAPSHOTS + 1)
    for page in pages[1:]:
        await page.bring_to_front()
        await page.wait_for_function(SHOWS, arg=prices(connection))
    assert browser.faults == []


async def test_tab_that_looks_at_the_past_leaves_the_stream_to_another(
    browser: Browser, client: Any, connection: psycopg.Connection
) -> None:
    """And shows its figures once it is live again."""
    first = await browser.signed_in()
    await ladder(first)
    second = await browser.tab()
    for page in (first, second):
        await page.wait_for_function(STREAMS)
    await first.bring_to_front()
    await first.keyboard.press("ArrowLeft")
    await first.wait_for_url("**at=**")
    add_snapshots(connection, SNAPSHOTS, SNAPSHOTS + 1)
    await second.bring_to_front()
    await second.wait_for_function(SHOWS, arg=prices(connection))
    await first.bring_to_front()
    await first.keyboard.press("l")
    await first.wait_for_function(STREAMS)
    await first.wait_for_function(SHOWS, arg=prices(connection))
    _, health = await client.get("/health")
    assert health["streams"] == 1
    assert browser.faults == []


@pytest.mark.parametrize("answers", [True, False])
async def test_it_polls_where_a_proxy_keeps_the_stream_back(
    browser: Browser,
    connection: psycopg.Connection,
    pytestconfig: pytest.Config,
    answers: bool,
) -> None:
    """And says so; it streams again once the proxy lets the stream through."""
    if not pytestconfig.getoption("--attack"):
        pytest.skip("it takes half a minute: --attack")

    async def refuse(route: Any) -> None:
        if answers:  # else nothing ever comes
            await route.fulfill(body="<p>proxy</p>", content_type="text/html")

    await browser.context.route("**/v1/stream?*", refuse)
    page = await browser.signed_in()
    await page.wait_for_selector("#badge:text('polling')", timeout=10_000)
    add_snapshots(connection, SNAPSHOTS, SNAPSHOTS + 1)
    await page.wait_for_function(SHOWS, arg=prices(connection))
    await browser.context.unroute("**/v1/stream?*")
    await page.wait_for_function(STREAMS, timeout=60_000)
    assert browser.faults == []
