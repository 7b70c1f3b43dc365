"""The dashboard in Chromium: tabs of symbols of two servers share one stream of both."""

from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client
from tests.shards.conftest import HOME, SHARD, quoted
from tests.support.dashboard import CHROMIUM, browsing, ladder
from tests.support.live_market import EXPIRIES
from tests.support.shown_session import SHOWS, decimals

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]

# The figures are those of the stream, and not of an answer of one server.
IS_LIVE = (
    "() => document.querySelector('.panel-ladder .age')?.dataset.event?.includes(',')"
)


def prices(dsn: str, symbol: str) -> dict[str, str]:
    with psycopg.connect(dsn) as connection:
        rows: list[Any] = connection.execute(
            "SELECT strike, call_ltp FROM analytics.chain(%s, %s)",
            [symbol, EXPIRIES[0]],
        ).fetchall()
    return {f"{strike:g}": decimals(ltp, 2) for strike, ltp in rows}


async def test_tabs_of_two_servers_share_a_stream(
    client: Client, dsn: str, other_dsn: str
) -> None:
    async with browsing(client.address, dsn) as browser:
        pages = {
            HOME: await browser.signed_in(f"?symbol={HOME}"),
            SHARD: await browser.tab(f"?symbol={SHARD}"),
        }
        for page in pages.values():
            await ladder(page)
            await page.wait_for_function(IS_LIVE)
        for minute in (1, 2):
            for symbol, own in ((HOME, dsn), (SHARD, other_dsn)):
                quoted(own, minute, symbol, seed=minute)
                await pages[symbol].bring_to_front()
                await pages[symbol].wait_for_function(SHOWS, arg=prices(own, symbol))
        _, health = await client.get("/health")
        assert health["streams"] == 1
        assert browser.faults == []
