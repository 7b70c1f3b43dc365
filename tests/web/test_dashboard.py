"""The dashboard in Chromium: what it shows is what SQL says, and whom it lets in."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from pgstrike.api.access import api_keys
from pgstrike.db.paths import ROOT
from tests.api.conftest import KEY
from tests.conftest import Stock
from tests.support.dashboard import CHROMIUM, DRAWN, TOO_WIDE, Browser, ladder
from tests.support.desk import add_feeds, add_models, add_tasks
from tests.support.grants import add_key
from tests.support.shown_session import (
    DASH,
    EXPIRY,
    SHOWS,
    SNAPSHOTS,
    add_session,
    add_snapshots,
    prices,
    says,
)

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]

CELLS = 20
# As SHOWS, of the rows between the head and the lower edge of the ladder.
SEEN_SHOWS = """want => {
    const box = document.querySelector(".ladder").getBoundingClientRect();
    const head = document.querySelector(".ladder thead").getBoundingClientRect();
    const seen = [...document.querySelectorAll("tr.row")].filter(row => {
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > head.bottom && top < box.bottom;
    });
    return seen.length > 5 && seen.every(row => want[row.dataset.strike]
        === row.querySelector(".call.c-ltp").textContent.trim());
}"""
UNKNOWN = """(tables, dash) => tables.flatMap(table => {
    const rows = [...table.querySelectorAll("tbody tr")].map(row => [...row.children]);
    return rows[0].filter((_, at) => rows.every(row => row[at].textContent.trim() === dash))
        .map(cell => cell.dataset.title);
})"""
PLAIN = """localStorage.setItem("pgstrike", '{"size":"units","numbers":"plain"}')"""


@pytest.fixture
def stock() -> Stock:
    return add_session


def same(shown: str, said: str) -> bool:
    # The glyph of a build-up stands before its letters.
    return shown.split()[-1] == said if said.isalpha() else shown == said


async def test_figures_are_those_of_sql_live_and_at_instants(
    browser: Browser, connection: psycopg.Connection
) -> None:
    """And nothing in the page is refused, by the server or by its own policy."""
    times = [
        row[0]
        for row in connection.execute(
            "SELECT quote_time FROM fo.underlying_quote WHERE in_session"
            " ORDER BY quote_time"
        )
    ]
    page = await browser.signed_in("?over=5m&view=chain")
    await ladder(page)
    await page.evaluate(PLAIN)
    await page.reload()
    assert "#" not in page.url
    picks = random.Random(7)
    for time in (None, times[3], times[-1] - timedelta(seconds=1)):
        at = None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"
        if at is not None:
            query = f"?symbol=NIFTY&expiry={EXPIRY}&at={at}&over=5m&view=chain"
            await page.goto(f"{browser.address}/{query}")
        shown, said = await ladder(page), says(connection, at)
        assert shown.keys() == said.keys()
        cells = [(strike, name) for strike in said for name in said[strike]]
        for strike, name in picks.sample(cells, CELLS):
            one, other = shown[strike][name], said[strike][name]
            assert same(one, other), f"{at} {strike} {name}: {one} is not {other}"
        whole = {name for name in next(iter(shown.values())) if "buildup" not in name}
        if at is None:
            empty = {
                name
                for name in whole
                if all(r[name] in (DASH, "unknown") for r in shown.values())
            }
            assert empty == set()
    assert browser.faults == []


async def test_two_instants_are_compared(
    browser: Browser, connection: psycopg.Connection
) -> None:
    """The one that is pinned stays while the slider moves on; the address has both."""
    times = [
        row[0]
        for row in connection.execute(
            "SELECT quote_time FROM fo.underlying_quote WHERE in_session"
            " ORDER BY quote_time"
        )
    ]
    then, now = (f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in (times[1], times[-2]))
    query = f"?symbol=NIFTY&expiry={EXPIRY}&view=chain&at="
    page = await browser.signed_in(query + then)
    await ladder(page)
    await page.evaluate(PLAIN)
    await page.keyboard.press("c")
    await page.wait_for_url(f"**over={then}")
    await page.goto(f"{browser.address}/{query}{now}&over={then}")
    assert (await page.inner_text(".overs [aria-pressed=true]")).startswith("since ")
    shown = await ladder(page)
    said = says(connection, now, f"p_since => '{then}'")
    assert shown.keys() == said.keys()
    for strike, cells in said.items():
        for name, text in cells.items():
            assert same(shown[strike][name], text), f"{strike} {name}"
    assert {cells["call_price_change"] for cells in shown.values()} - {DASH, "0.00"}
    assert browser.faults == []


@pytest.mark.parametrize("at", ["", "&at=2025-08-29T04:00:00Z"], ids=["live", "past"])
async def test_a_later_instant_is_no_base(
    browser: Browser, connection: psycopg.Connection, at: str
) -> None:
    """The page says so, and counts changes from the close before; nothing is refused."""
    query = f"?symbol=NIFTY&expiry={EXPIRY}&over=2099-01-01T00:00:00Z{at}&view="
    page = await browser.signed_in(f"{query}chain")
    await ladder(page)
    await page.evaluate(PLAIN)
    await page.reload()
    shown = await ladder(page)
    said = says(connection, at.removeprefix("&at=") or None, "p_over => NULL")
    for strike, cells in said.items():
        for name, text in cells.items():
            assert same(shown[strike][name], text), f"{strike} {name}"
    await page.wait_for_selector(".notice >> text=the figures shown are older")
    await page.goto(f"{browser.address}/{query}oi")
    await page.wait_for_selector(
        ".panel-oi-strikes .legend >> text=at the close before"
    )
    assert browser.faults == []


async def test_address_holds_the_state_and_back_returns(browser: Browser) -> None:
    page = await browser.signed_in()
    await ladder(page)
    await page.keyboard.press("e")
    await page.wait_for_url("**expiry=2025-09-09**")
    await page.keyboard.press("ArrowLeft")
    await page.wait_for_url("**at=2025-08-29T*")
    past = page.url
    await page.wait_for_selector("#badge:has-text('as of ')")
    await page.keyboard.press("l")
    await page.wait_for_function("() => !location.search.includes('at=')")
    await page.go_back()
    await page.wait_for_url(past)
    other = await browser.tab(past.partition("/?")[2] and "?" + past.partition("/?")[2])
    assert await ladder(other) == await ladder(page)
    await page.keyboard.press("?")
    assert await page.is_visible("dialog kbd")
    await page.keyboard.press("Escape")
    assert browser.faults == []


async def test_page_asks_for_a_key_and_says_why(
    browser: Browser, connection: psycopg.Connection
) -> None:
    add_key(connection, "desk", "key-of-desk", symbols=["NIFTY"])
    page = await browser.tab()
    await page.wait_for_selector("text=what your key may read")
    await page.fill("#key", "no-key")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=not in force")
    await page.fill("#key", "key-of-desk")
    await page.keyboard.press("Enter")
    await ladder(page)
    api_keys.revoke("desk", connection)
    await page.wait_for_selector("text=Your key was revoked")
    await page.goto(f"{browser.address}/#code={'x' * 43}")
    await page.reload()
    await page.wait_for_selector("text=used already")
    said = "Failed to load resource: the server responded with a status of"
    refused = ("401 ", "403 ", f"{said} 401", f"{said} 403")
    assert [fault for fault in browser.faults if not fault.startswith(refused)] == []
    await page.fill("#key", KEY)
    await page.keyboard.press("Enter")
    await ladder(page)


async def test_no_cell_is_clipped(
    browser: Browser, times: Callable[[int, int], int]
) -> None:
    """Each figure fits in its cell, and no mark covers a strike, however wide the page is."""
    page = await browser.signed_in()
    await ladder(page)
    for width in (360, 390, *range(520, 1400, times(80, 40))):
        await page.set_viewport_size({"width": width, "height": 768})
        for _ in range(2):  # OI and volume; bid, ask and Greeks
            await page.keyboard.press("g")
            await page.evaluate(DRAWN)
            wide = await page.eval_on_selector_all("tr.row > *", TOO_WIDE)
            assert wide == [], f"{width} px: {wide[:5]}"
    assert browser.faults == []


async def test_rows_out_of_sight_cost_nothing_until_they_are_seen(
    browser: Browser, connection: psycopg.Connection
) -> None:
    """Between two loads the stream draws the rows in view; each load draws all of them."""
    page = await browser.signed_in()
    await ladder(page)
    await page.wait_for_selector("#badge:not(:text('connecting'))")
    release = asyncio.Event()

    async def hold(route: Any) -> None:
        await release.wait()
        await route.continue_()

    await page.route("**/v1/metrics/**", hold)
    add_snapshots(connection, SNAPSHOTS, SNAPSHOTS + 1)
    newest = prices(connection)
    await page.wait_for_function(SEEN_SHOWS, arg=newest)
    assert not await page.evaluate(SHOWS, newest)
    await page.eval_on_selector(".ladder", "box => { box.scrollTop = 0; }")
    await page.wait_for_function(SEEN_SHOWS, arg=newest)
    assert not await page.evaluate(SHOWS, newest)
    release.set()
    await page.wait_for_function(SHOWS, arg=newest)
    assert browser.faults == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["desktop", "phone"])
async def test_axe_finds_nothing_serious(
    browser: Browser,
    connection: psycopg.Connection,
    pytestconfig: pytest.Config,
    theme: str,
    size: tuple[int, int],
) -> None:
    """In no view, with feeds, models and tasks on the Desk."""
    axe = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not pytestconfig.getoption("--attack") or not axe.exists():
        pytest.skip("--attack, with the packages of web/")
    for add in (add_feeds, add_models, add_tasks):
        add(connection)
    page = await browser.signed_in()
    await page.emulate_media(color_scheme=theme)
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await ladder(page)
    serious = []
    for view in ("chain", "oi", "volatility", "gamma", "straddle", "desk"):
        await page.goto(f"{browser.address}/?view={view}&at=2025-08-29T04:00:00Z")
        await page.wait_for_selector(".panel .body")
        await page.wait_for_function("() => !document.querySelector('.loading')")
        await page.wait_for_load_state("networkidle")
        await page.evaluate(axe.read_text())
        found = await page.evaluate("async () => (await axe.run()).violations")
        serious += [
            (view, each["id"], each["nodes"][0]["html"][:200])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
    assert serious == []


async def test_no_table_has_a_column_of_which_nothing_is_known(
    browser: Browser,
) -> None:
    """Two sessions are too few for what is usual, so the Desk has no figures of that."""
    page = await browser.signed_in("?view=desk")
    for panel in ("signals", "unusual-oi"):
        await page.wait_for_selector(f".panel-{panel} tbody tr")
    titles = await page.eval_on_selector_all(
        "table.rows th", "all => all.map(th => th.innerText)"
    )
    assert "Volume / OI" in titles
    assert await page.eval_on_selector_all("table.rows", UNKNOWN, DASH) == []
    assert browser.faults == []
