"""Live feeds in a test: contracts, and messages about them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import cast

import numpy as np

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import SECOND, days, now
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.plugin import (
    BIT,
    Asked,
    Contract,
    RefusedError,
    Updates,
    Wire,
    updates_of,
)
from pgstrike.jobs.live.plugins import MakeFeed
from pgstrike.jobs.quote import QuoteBatch

OF_SESSION = Kinds("session")
EXPIRY, LATER = days(date(2025, 9, 2)), days(date(2025, 9, 9))


def chain(
    symbol: str = "NIFTY",
    strikes: Sequence[float] = (100, 200),
    expiries: Sequence[int] = (EXPIRY,),
) -> list[Contract]:
    """The underlying, and a call and a put at each strike of each expiry."""
    return [
        Contract(symbol, symbol, "underlying"),
        *(
            Contract(f"{symbol}{expiry}{leg}{strike}", symbol, leg, expiry, strike, 75)
            for expiry in expiries
            for strike in strikes
            for leg in ("call", "put")
        ),
    ]


def message(
    contract: int, at: float, *, stamp: float | None = None, **figures: float
) -> Updates:
    """One message about a contract, read at a second."""
    rows = updates_of(1)
    rows["contract"] = contract
    for name, figure in figures.items():
        rows[name] = figure
        rows["present"] |= np.uint32(BIT[name])
    if stamp is not None:
        rows["exchange_time"] = round(stamp * SECOND)
    return Updates(round(at * SECOND), rows)


def together(*messages: Updates) -> Updates:
    """Messages that were read at one time, that of the last."""
    return Updates(
        messages[-1].read_at, np.concatenate([each.rows for each in messages])
    )


class Source:
    """A source that ticks: the test makes it stall, refuse and fail."""

    def __init__(self, *symbols: str, kinds: Kinds = OF_SESSION) -> None:
        self.listed = [
            each for symbol in symbols or ("NIFTY",) for each in expiring(symbol)
        ]
        self.kinds = kinds
        self.is_silent = False
        self.error: Exception | None = None  # of the next reads
        self.refusal: Exception | None = None  # of the next connections
        self.volume = 100  # of each leg
        self.price = 10.0
        self.connections = 0
        self.ticks = 0
        self.token: str | None = None  # the only one that it lets in

    def feed(self, asked: Asked) -> "TickingFeed":
        if self.token is not None and asked.secret("TOKEN") != self.token:
            self.connections += 1
            raise RefusedError("the token is over; set TOKEN to that of today")
        return TickingFeed(self)


class TickingFeed:
    """What yields a message of every contract, 50 times a second."""

    is_whole = False

    def __init__(self, source: Source) -> None:
        self.source = source
        self.kinds = source.kinds

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        self.source.connections += 1
        if self.source.refusal is not None:
            raise self.source.refusal
        return self.source.listed

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates | QuoteBatch]:
        while True:
            if self.source.error is not None:
                raise self.source.error
            if not self.source.is_silent:
                at = now() / SECOND
                self.source.ticks += 1
                yield together(
                    *(
                        self.tick(place, each, at)
                        for place, each in enumerate(contracts)
                    )
                )
            await asyncio.sleep(0.02)

    def tick(self, place: int, each: Contract, at: float) -> Updates:
        if each.leg == "underlying":
            return message(place, at, stamp=at - 0.25, ltp=150.0)
        own = self.source
        return message(
            place, at, stamp=at - 0.25, ltp=own.price, volume=own.volume, oi=750
        )


def expiring(symbol: str) -> list[Contract]:
    """Contracts that have not expired today."""
    return chain(symbol, expiries=[days(date.today()) + 30])


@asynccontextmanager
async def no_wire(name: str) -> AsyncIterator[Wire]:
    """For a source that asks nothing of it."""
    yield cast(Wire, None)


def no_secret(name: str) -> str:
    raise FeedError(f"{name} is not set")


def outside(**sources: Source) -> Outside:
    """A world in which there are these kinds of feeds."""

    def plugin_of(kind: str) -> MakeFeed:
        if kind not in sources:
            raise FeedError(f"there is no kind of feed {kind!r}")
        return sources[kind].feed

    return Outside(plugin_of, no_wire, no_secret)
