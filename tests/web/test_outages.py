"""The dashboard where something fails or is slow: nothing on the screen is then untrue."""

from typing import Any

import psycopg
import pytest

from pgstrike.api.access import api_keys
from tests.conftest import Stock
from tests.support.dashboard import (
    BADGE,
    CHROMIUM,
    STREAMS,
    Browser,
    Held,
    cells,
    ladder,
)
from tests.support.grants import add_key
from tests.support.shown_session import (
    EXPIRY,
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

KIND = """INSERT INTO job.task_kind (name, about, schema, is_for_readers)
    VALUES (%s, 'Count again.', %s, FALSE)"""
SCHEMA = '{"type": "object", "properties": {"days": {"type": "integer"}}}'
# A stream can be cut; what comes in its place then is the page of a proxy.
CUTTABLE = """
    const real = window.fetch, cuts = [];
    let isCut = false;
    window.cutStream = (then = "a page") => {
        isCut = then === "a page";
        cuts.forEach(cut => cut.abort());
    };
    window.fetch = (asked, init = {}) => {
        if (!String(asked.url ?? asked).includes("/v1/stream")) return real(asked, init);
        const page = { headers: { "Content-Type": "text/html" } };
        if (isCut) return Promise.resolve(new Response("<p>proxy</p>", page));
        const cut = new AbortController();
        cuts.push(cut);
        const signal = AbortSignal.any([cut.signal, init.signal].filter(Boolean));
        return real(asked, { ...init, signal });
    };
"""
PAST = f"?symbol=NIFTY&expiry={EXPIRY}&at=2025-08-29T04:"
CLOCK = (
    "want => Date.parse(document.querySelector('time.clock')?.dateTime)"
    " === Date.parse(want)"
)
# The code of each view but the chain's.
ALL_READ = """() => performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/panels-")).length === 5"""
FIRST_PANELS = ("oi-strikes", "iv-rank", "exposure-levels", "move", "signals")
SAID = "Failed to load resource: the server responded with a status of"


@pytest.fixture
def stock() -> Stock:
    return add_session


@pytest.mark.long
async def test_polled_figures_replace_those_of_a_stream_that_was_cut(
    browser: Browser, connection: psycopg.Connection
) -> None:
    await browser.context.add_init_script(CUTTABLE)
    page = await browser.signed_in()
    await ladder(page)
    await page.wait_for_function(STREAMS)
    await page.wait_for_selector(".panel-ladder .loaded")  # the stream's are shown
    await page.evaluate("cutStream()")
    await page.wait_for_selector("body.stale")
    await page.wait_for_function(BADGE, arg="polling")
    add_snapshots(connection, SNAPSHOTS, SNAPSHOTS + 1)
    await page.wait_for_function(SHOWS, arg=prices(connection))
    clock = connection.execute("SELECT max(clock) FROM fo.instrument").fetchall()[0][0]
    await page.wait_for_function(CLOCK, arg=clock.isoformat())
    assert browser.faults == []


@pytest.mark.long
async def test_page_streams_again_once_the_server_is_back(
    browser: Browser, connection: psycopg.Connection
) -> None:
    """Though it has begun to poll, which fails as well; it says that nothing comes."""
    await browser.context.add_init_script(CUTTABLE)
    page = await browser.signed_in()
    await ladder(page)
    await page.wait_for_function(STREAMS)
    await browser.context.route("**/v1/**", lambda route: route.abort())
    async with page.expect_event(
        "requestfailed", lambda request: "/v1/panel" in request.url
    ):
        await page.evaluate("cutStream('nothing')")
    await page.wait_for_selector("body.stale")
    await page.wait_for_function(BADGE, arg="reconnecting")
    await browser.context.unroute("**/v1/**")
    await page.wait_for_function(STREAMS, timeout=20_000)  # a poll lasts for longer
    add_snapshots(connection, SNAPSHOTS, SNAPSHOTS + 1)
    await page.wait_for_function(SHOWS, arg=prices(connection))
    assert [fault for fault in browser.faults if "ERR_FAILED" not in fault] == []


async def test_page_waits_for_a_server_that_does_not_answer_yet(
    browser: Browser,
) -> None:
    refusals = 2

    async def refuse(route: Any) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals < 0:
            return await route.continue_()
        body = '{"error": {"code": "database_down", "message": "it starts"}}'
        await route.fulfill(status=503, body=body, content_type="application/json")
        return None

    await browser.context.route("**/v1/bootstrap", refuse)
    page = await browser.signed_in()
    await page.wait_for_selector("text=The server does not answer: it starts")
    await page.click("text=Try now")
    await ladder(page)
    assert [fault for fault in browser.faults if "503" not in fault] == []


async def test_a_page_that_was_left_does_not_come_back(
    browser: Browser, connection: psycopg.Connection
) -> None:
    """Neither by Back nor by a timer: it asks for a key, and for nothing else."""
    add_key(connection, "desk", "key-of-desk", symbols=["NIFTY"])
    await browser.context.clock.install()
    page = await browser.signed_in(name="desk")
    await ladder(page)
    await page.keyboard.press("2")
    await page.wait_for_url("**view=oi**")
    api_keys.revoke("desk", connection)
    await page.wait_for_selector("text=Your key was revoked")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.go_back()
    await page.wait_for_function("() => !location.search.includes('view=oi')")
    await page.clock.run_for(5 * 60_000)  # every timer of the page fires
    assert await page.is_visible("text=Your key was revoked")
    assert not await page.is_visible("header.top")
    assert asked == []


async def test_figures_of_before_are_marked_until_those_of_an_instant_come(
    browser: Browser,
) -> None:
    first, second = (f"{PAST}{minute}:00Z&view=chain" for minute in ("00", "02"))
    page = await browser.signed_in(first)
    before = await ladder(page)
    spot = await page.inner_text(".spot b")
    held = Held()
    await browser.context.route("**/v1/metrics/*at=2025-08-29T04*02*", held)
    await page.evaluate(
        """query => { history.pushState(null, "", query);
            dispatchEvent(new PopStateEvent("popstate")); }""",
        second,
    )
    await held.came.wait()
    await page.wait_for_selector(".panel-ladder.is-old[aria-busy=true]")
    assert await page.get_attribute(".panel-ladder time", "datetime") == (
        "2025-08-29T04:00:00Z"
    )
    assert await cells(page) == before
    assert await page.inner_text(".spot b") != spot
    held.is_free.set()
    await page.wait_for_selector(".panel-ladder:not(.is-old) time[datetime*='04:02']")
    assert await ladder(page) != before
    assert browser.faults == []


@pytest.mark.parametrize("at", ["", "&at=2025-08-29T04:00:00Z"])
async def test_desk_shows_a_task_of_somebody_else(
    browser: Browser, connection: psycopg.Connection, at: str
) -> None:
    """While no figures come, live and while the page shows the past."""
    connection.execute(KIND, ["recount", SCHEMA])
    page = await browser.signed_in(f"?symbol=NIFTY&expiry={EXPIRY}&view=desk{at}")
    await page.wait_for_selector(".panel-tasks .nothing")
    connection.execute("SELECT ops.ask_task('recount', '{\"days\": 5}')")
    await page.wait_for_selector(".panel-tasks .state-pending")
    assert browser.faults == []


async def test_task_form_forgets_what_another_kind_was_asked(
    browser: Browser, connection: psycopg.Connection
) -> None:
    for kind in ("recount", "reprice"):
        connection.execute(KIND, [kind, SCHEMA])
    page = await browser.signed_in(f"?symbol=NIFTY&expiry={EXPIRY}&view=desk")
    await page.fill("form.ask [name=days]", "3")
    await page.select_option("form.ask select", "reprice")
    await page.wait_for_function(
        "() => document.querySelector('form.ask [name=days]').value === ''"
    )
    assert browser.faults == []


async def test_csv_that_fails_says_so(browser: Browser) -> None:
    page = await browser.signed_in(f"{PAST}00:00Z&view=chain")
    await ladder(page)
    body = '{"error": {"code": "too_slow", "message": "it took too long"}}'

    async def refuse(route: Any) -> None:
        await route.fulfill(status=503, body=body, content_type="application/json")

    await browser.context.route("**/v1/metrics/chain?*", refuse)
    await page.click("[aria-label='CSV of Chain']")
    await page.wait_for_selector("dialog >> text=No file was saved: it took too long")
    assert [
        f for f in browser.faults if "503" not in f and not f.startswith(SAID)
    ] == []


async def test_dialogs_and_views_open_after_the_server_has_gone(
    browser: Browser,
) -> None:
    """All code has come while the page was idle."""
    page = await browser.signed_in()
    await ladder(page)
    await page.wait_for_function(ALL_READ)
    await browser.context.route("**/*", lambda route: route.abort())
    await page.keyboard.press("?")
    await page.wait_for_selector("dialog kbd")
    await page.keyboard.press("Escape")
    await page.click("[aria-label='SQL of Chain']")
    await page.wait_for_selector("dialog pre >> text=analytics.chain")
    await page.keyboard.press("Escape")
    await page.click("[aria-label='CSV of Chain']")
    await page.wait_for_selector("dialog >> text=No file was saved")
    await page.keyboard.press("Escape")
    for key, panel in enumerate(FIRST_PANELS, 2):
        await page.keyboard.press(str(key))
        await page.wait_for_selector(f".panel-{panel}")
    assert [fault for fault in browser.faults if "ERR_FAILED" not in fault] == []


async def test_sign_in_opens_without_a_file_of_the_server(
    browser: Browser, connection: psycopg.Connection
) -> None:
    add_key(connection, "desk", "key-of-desk", symbols=["NIFTY"])
    page = await browser.signed_in(name="desk")
    await ladder(page)
    await browser.context.route("**/static/**", lambda route: route.abort())
    api_keys.revoke("desk", connection)
    await page.wait_for_selector("text=Your key was revoked")
    await page.wait_for_selector("#key")
