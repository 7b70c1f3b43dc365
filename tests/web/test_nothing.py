"""An address whose symbol or expiry is not there: the page says so, and what there is."""

import psycopg
import pytest

from tests.conftest import Stock
from tests.support.dashboard import BADGE, CHROMIUM, STREAMS, Browser, ladder
from tests.support.live_market import DEATH, EXPIRIES, open_store, quote, refresh

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]

GONE, LIVE = (expiry.isoformat() for expiry in EXPIRIES)
OFFERS = ".nothing button"


def add_days(connection: psycopg.Connection) -> None:
    """Two expiries, the first of which has expired."""
    store = open_store(connection)
    quote(store, 0)
    quote(store, DEATH - 2, seed=1)
    quote(store, DEATH - 1, expiries=EXPIRIES[1:])
    quote(store, DEATH, expiries=EXPIRIES[1:])
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return add_days


async def test_symbol_that_is_unknown(browser: Browser) -> None:
    page = await browser.signed_in("?symbol=NOSUCH")
    await page.wait_for_selector("text=There is no symbol NOSUCH")
    assert await page.inner_text("#badge") == "no such symbol"
    assert await page.input_value("#symbol") == "NOSUCH"
    assert await page.locator(OFFERS).all_inner_texts() == ["NIFTY"]
    await page.click(OFFERS)
    await ladder(page)
    assert browser.faults == []


async def test_symbol_without_quotes_is_live_once_they_come(
    browser: Browser, connection: psycopg.Connection
) -> None:
    page = await browser.signed_in("?symbol=BANKNIFTY")
    await page.wait_for_selector("text=BANKNIFTY has no quotes yet")
    assert await page.inner_text("#badge") == "no quotes yet"
    for minute in (DEATH - 1, DEATH):
        quote(open_store(connection), minute, symbol="BANKNIFTY", expiries=EXPIRIES[1:])
    refresh(connection)
    assert len(await ladder(page)) == 5
    await page.wait_for_function(STREAMS)
    assert browser.faults == []


async def test_expiry_that_has_expired(browser: Browser) -> None:
    """Its last figures and the nearest expiry are offered; a link to its past shows it."""
    page = await browser.signed_in(f"?symbol=NIFTY&expiry={GONE}")
    await page.wait_for_selector("text=The expiry 2 Sept 2025 has expired.")
    assert await page.inner_text("#badge") == "no such expiry"
    offers = await page.locator(OFFERS).all_inner_texts()
    assert offers == ["its last figures", "9 Sept 2025"]
    await page.click("text=its last figures")
    await page.wait_for_url(f"**at={GONE}T09:59:59Z**")
    shown = await ladder(page)
    assert len(shown) == 5
    await page.reload()
    assert await ladder(page) == shown
    await page.go_back()
    await page.click(f"{OFFERS}:text('9 Sept 2025')")
    await ladder(page)
    await page.wait_for_function(BADGE, arg="closed")
    assert browser.faults == []


@pytest.mark.parametrize("at", ["", f"&at={GONE}T09:00:00Z"], ids=["live", "past"])
async def test_expiry_that_never_was(browser: Browser, at: str) -> None:
    page = await browser.signed_in(f"?symbol=NIFTY&expiry=2025-09-01{at}")
    offers = page.locator(OFFERS)
    await offers.last.wait_for()
    nearest = ["2 Sept 2025", "9 Sept 2025"] if at else ["9 Sept 2025"]
    assert await offers.all_inner_texts() == nearest
    await offers.first.click()
    await ladder(page)
    assert browser.faults == []
