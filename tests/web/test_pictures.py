"""The pictures of docs/pictures: each view over the recorded session, drawn by --pictures."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import psycopg
import pytest

from pgstrike.db.paths import ROOT
from pgstrike.jobs.alerts.looking import look_at_alerts
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.api.conftest import Client, client, serve
from tests.conftest import DATA, Stock
from tests.support.dashboard import browsing
from tests.support.desk import add_feeds, add_models, add_tasks, drive_feeds
from tests.support.recordings import ingest, recording

__all__ = ["client", "serve"]
pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(
        "not config.getoption('--pictures')", reason="pictures are drawn by --pictures"
    ),
]

FOLDER = ROOT / "docs" / "pictures"
AT = "symbol=NIFTY&expiry=2025-09-02&at=2025-08-29T06:30:00Z&over=15m"
DESKTOP, PHONE = (1366, 768), (390, 844)
VIEWS = ("chain", "oi", "volatility", "gamma", "straddle", "desk")
ALERT = {
    "name": "pcr-high", "symbols": ["NIFTY"],
    "statement": "SELECT * FROM analytics.pcr(asked.symbol, NULL, asked.at) WHERE pcr_oi > 0.5",
}  # fmt: skip
SHOWN = "() => !document.querySelector('.loading')"
DRAWN: list[tuple[str, tuple[int, int], str]] = [
    (view, size, theme)
    for view in VIEWS
    for size in (DESKTOP, PHONE)
    for theme in ("light", "dark")
    if view == "chain" or (size == DESKTOP) == (theme == "dark")
]


def add_day(connection: psycopg.Connection) -> None:
    """The whole recorded session, with feeds, models and tasks."""
    dsn = connection.info.dsn
    ingest(dsn, recording(DATA, "NIFTY"), 75)
    refresh_all(connection)
    add_feeds(connection)
    add_models(connection)
    add_tasks(connection)


@pytest.fixture
def stock() -> Stock:
    return add_day


async def test_every_view_is_drawn(
    stock: Stock,
    dsn: str,
    connection: psycopg.Connection,
    serve: Callable[..., AbstractAsyncContextManager[Client]],
) -> None:
    FOLDER.mkdir(exist_ok=True)
    drive_feeds(connection)
    async with serve() as client:
        assert (await client.request("POST", "/v1/alerts", ALERT))[0] == 201
        assert look_at_alerts(connection) == 1
        for view, size, theme in DRAWN:
            device = "phone" if size == PHONE else "desktop"
            options: dict[str, Any] = {
                "viewport": {"width": size[0], "height": size[1]},
                "color_scheme": theme,
            }
            async with browsing(client.address, dsn, **options) as browser:
                page = await browser.signed_in(f"?{AT}&view={view}")
                await page.wait_for_selector(".panel")
                await page.wait_for_function(SHOWN)
                await page.wait_for_load_state("networkidle")
                await page.screenshot(
                    path=FOLDER / f"{view}-{device}-{theme}.png",
                    full_page=view == "desk",  # feeds and models are further down
                )
                assert browser.faults == []
