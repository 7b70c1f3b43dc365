"""One feed's connection, without a database."""

import asyncio

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.connection import Calendar, Connection
from pgstrike.jobs.live.plugin import Asked, RefusedError
from tests.jobs.live.test_runner import QUICK
from tests.support.live_feeds import Source, no_secret, outside

FAULTS = {
    "live": None,
    "waiting": FeedError("no"),
    "refused": RefusedError("no"),
}


@pytest.mark.parametrize("state", FAULTS)
async def test_connection_that_is_cancelled_ends(state: str) -> None:
    source = Source("BTC")
    source.refusal = FAULTS[state]
    asked = Asked("ticks", ["BTC"], {}, no_secret)
    connection = Connection(
        "ticks", asked, Calendar(False, ""), outside(ticks=source), QUICK
    )
    task = asyncio.create_task(connection.run())
    async with asyncio.timeout(20):
        while connection.state != state:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task}, timeout=20)
    assert task.cancelled()
