"""One feed's connection, without a database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.calendar import Calendar
from pgstrike.jobs.live.connection import Connection
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.plugin import Asked, Contract, RefusedError, Wire
from pgstrike.jobs.live.trying import try_feed
from pgstrike.jobs.quote import QuoteBatch
from tests.support.driven_feeds import QUICK
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
    """Yields one whole chain on each connection; who reads it is still referred to."""

    yielded = 0
    closed = 0
    reads: ClassVar[list[AsyncIterator[QuoteBatch]]] = []

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        return ()

    def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[QuoteBatch]:
        Chains.reads.append(self.read())
        return Chains.reads[-1]

    async def read(self) -> AsyncIterator[QuoteBatch]:
        Chains.yielded += 1
        try:
            yield read_json(json_line())
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # as to close a socket is
            Chains.closed += 1


CHAINS = Outside(lambda kind: lambda asked: Chains(Source()), no_wire, no_secret)


@pytest.fixture
def chains() -> Connection:
    Chains.yielded = Chains.closed = 0
    asked = Asked("chains", ["NIFTY"], {}, no_secret)
    connection = Connection("chains", asked, Calendar(False, "a day"), CHAINS, QUICK)
    connection.beaten(connection.calendar, {"NIFTY": 0})
    return connection


async def test_source_is_left_also_while_its_chain_is_stored(
    chains: Connection,
) -> None:
    """By whoever cancels it, and where a new day begins."""
    task = asyncio.create_task(chains.run())
    async with asyncio.timeout(20):
        while chains.handover.take(0) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        chains.beaten(Calendar(False, "the next"), {"NIFTY": 0})
        while Chains.yielded < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert Chains.closed == 1
        while chains.handover.take(0) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task}, timeout=20)
    assert Chains.closed == 2


async def test_feed_that_is_tried_is_left() -> None:
    Chains.closed = 0
    row = {"name": "chains", "kind": "chains", "symbols": ["NIFTY"], "options": {}}
    assert await try_feed(row, CHAINS, 20) == (
        "chains: 0 contracts of NIFTY, and 1 messages at once"
    )
    assert Chains.closed == 1


async def test_chain_of_a_new_connection_is_not_settled_by_the_one_before(
    chains: Connection,
) -> None:
    task = asyncio.create_task(chains.run())
    async with asyncio.timeout(20):
        while (first := chains.handover.take(0)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        chains.beaten(Calendar(False, "the next"), {"NIFTY": 0})
        while Chains.yielded < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    chains.handover.stored()
    second = chains.handover.take(0)
    assert second is not None and second is not first
    chains.handover.stored()
    assert chains.handover.take(0) is None
    task.cancel()
    await asyncio.wait({task})
