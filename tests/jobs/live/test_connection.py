"""One feed's connection, without a database."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.connection import Calendar, Connection
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.plugin import Asked, Contract, RefusedError, Wire
from pgstrike.jobs.quote import QuoteBatch
from tests.jobs.live.test_runner import QUICK
from tests.support.feeds import json_line, read_json
from tests.support.live_feeds import Source, TickingFeed, no_secret, no_wire, outside

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


class Chains(TickingFeed):
    """Yields one whole chain on each connection."""

    yielded = 0

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        return ()

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[QuoteBatch]:
        Chains.yielded += 1
        yield read_json(json_line())
        await asyncio.Event().wait()


async def test_chain_of_a_new_connection_is_not_settled_by_the_one_before() -> None:
    asked = Asked("chains", ["NIFTY"], {}, no_secret)
    world = Outside(lambda kind: lambda asked: Chains(Source()), no_wire, no_secret)
    connection = Connection("chains", asked, Calendar(False, "a day"), world, QUICK)
    connection.beaten(connection.calendar, {"NIFTY": 0})
    task = asyncio.create_task(connection.run())
    async with asyncio.timeout(20):
        while (first := connection.handover.take(0)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        connection.beaten(Calendar(False, "the next"), {"NIFTY": 0})
        while Chains.yielded < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    connection.handover.stored()
    second = connection.handover.take(0)
    assert second is not None and second is not first
    connection.handover.stored()
    assert connection.handover.take(0) is None
    task.cancel()
    await asyncio.wait({task})
