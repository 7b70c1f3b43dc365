"""Figures of a billion and more, which some markets have: none is clipped."""

from datetime import timedelta

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.quote import QuoteBatch, unknown_quotes
from tests.conftest import Stock
from tests.support.dashboard import CHROMIUM, DRAWN, TOO_WIDE, Browser, ladder
from tests.support.live_market import (
    EXPIRIES,
    OPEN,
    ORIGIN,
    microseconds,
    open_store,
    refresh,
)

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]

UNDERLYING = 112_500.0
STRIKES = [UNDERLYING + 50.0 * step for step in range(-20, 21)]
DIGITS = np.linspace(8, 13, len(STRIKES))  # of OI and volume
FITS = "tr.row > *, .tile dd:not(.note), .spot b"
PREFERENCES = [
    pytest.param("lots", "indian", marks=pytest.mark.long),
    pytest.param("units", "indian", marks=pytest.mark.long),
    ("units", "plain"),
]


def add_large(connection: psycopg.Connection) -> None:
    """Two snapshots of a chain, whose OI grows by a half."""
    store = open_store(connection)
    for minute, times in ((0, 1.0), (20, 1.5)):
        rows = unknown_quotes(len(STRIKES))
        rows["quote_time"] = microseconds(OPEN + timedelta(minutes=minute))
        rows["expiry"] = (EXPIRIES[0] - ORIGIN.date()).days
        rows["strike"] = STRIKES
        rows["underlying"] = UNDERLYING
        for leg in ("call", "put"):
            rows[f"{leg}_ltp"] = np.linspace(900, 2_900, len(STRIKES)) + minute
            rows[f"{leg}_iv"] = 0.2
            rows[f"{leg}_oi"] = times * 1.125 * 10**DIGITS
            rows[f"{leg}_volume"] = times * 10**DIGITS
        store.add(QuoteBatch(rows, ("NIFTY",), [""] * len(rows), []))
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return add_large


@pytest.mark.parametrize(("size", "numbers"), PREFERENCES)
async def test_large_figures_fit(browser: Browser, size: str, numbers: str) -> None:
    kept = f'{{"size":"{size}","numbers":"{numbers}"}}'
    await browser.context.add_init_script(f"localStorage.setItem('pgstrike', '{kept}')")
    page = await browser.signed_in()
    await ladder(page)
    found = []
    for view in ("chain", "gamma"):
        await page.goto(f"{browser.address}/?view={view}&over=15m")
        await page.wait_for_selector(".tile")
        await page.evaluate("() => document.fonts.ready")
        for width in (360, 390, *range(520, 1400, 60)):
            await page.set_viewport_size({"width": width, "height": 768})
            await page.evaluate(DRAWN)
            wide = await page.eval_on_selector_all(FITS, TOO_WIDE)
            found += [(view, width, text.strip()) for text in wide]
    assert found == [], "\n".join(map(str, found))
    assert browser.faults == []
