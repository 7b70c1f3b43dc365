"""Reading chains from the database: when a symbol is first asked for, and when bars change."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine
from typing import NamedTuple, TypeAlias

from pgstrike.api.chains.bar_market import BarMarket
from pgstrike.api.chains.ladder_market import LadderMarket
from pgstrike.api.chains.market import Market, Read
from pgstrike.api.chains.read_market import ReadMarket
from pgstrike.api.chains.timeframes import LADDER, LIVE
from pgstrike.api.chains.updates import Update, parse_update
from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.api.events.hub import Hub
from pgstrike.db.backoff import backoff
from pgstrike.db.errors import DatabaseError, PgstrikeError, one_line
from pgstrike.db.pool import Pool, ask
from pgstrike.db.session import EVERYTHING

logger = logging.getLogger(__name__)

BARS = ("1min", "5min", "15min")
QUERIES = {LIVE: "live_chains", LADDER: "ladder_chains"}  # the others: bars
READ_SECONDS = 10  # that a request waits for chains

Reading: TypeAlias = Callable[[Market, str], Coroutine[None, None, None]]


class Columns(NamedTuple):
    """The figures of a panel; those of a ladder come besides the live ones."""

    live: list[str]
    bar: list[str]
    ladder: list[str]

    def by_market(self) -> dict[str, list[str]]:
        return {
            LIVE: self.live,
            LADDER: [*self.live, *self.ladder],
            **dict.fromkeys(BARS, self.bar),
        }


class Line(NamedTuple):
    """A chain, or a part of it, as sql/queries/live_chains.sql has it."""

    epoch: str
    id: int
    version: int
    symbol: str
    clock: str | None
    payload: str | None

    def update(self) -> Update:
        if self.payload is None:
            return Update(self.symbol, None, self.clock or "")
        return parse_update(json.loads(self.payload))


class MarketLoader:
    """Keeps a market for each timeframe that somebody asked for, and reads for it."""

    def __init__(self, hub: Hub, pool: Pool, columns: Columns) -> None:
        self.hub = hub
        self.pool = pool
        self.columns = columns.by_market()
        self._markets: dict[str, Market] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def market(self, timeframe: str, symbols: Collection[str]) -> Market:
        """The market of a timeframe, which then holds the chains of these symbols."""
        market = self._markets.get(timeframe) or self._open(timeframe)
        # One that nobody shows may be forgotten while the next is read.
        while missing := [each for each in symbols if each not in market.chains]:
            await shared(self._once(market, missing[0], self._hold))
        return market

    def _open(self, timeframe: str) -> Market:
        made = {LIVE: Market, LADDER: LadderMarket}.get(timeframe, BarMarket)
        position = self.hub.position
        assert position is not None  # the hub starts before the server does
        market = made(timeframe, self.columns[timeframe], position)
        self._markets[timeframe] = market
        return market

    def take(self, event: Event) -> None:
        for market in self._markets.values():
            market.take(event)
            if isinstance(market, ReadMarket) and market.is_behind:
                self._once(market, "", self._renew)

    def restart(self, reset: Reset) -> None:
        for market in self._markets.values():
            market.restart(reset)
            for symbol, shown in market.shown.items():
                if shown:
                    self._once(market, symbol, self._hold)

    async def close(self) -> None:
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _once(self, market: Market, symbol: str, read: Reading) -> "asyncio.Task[None]":
        """The task that reads: one for all who wait for it."""
        key = (market.timeframe, symbol)
        task = self._tasks.get(key)
        if task is None or task.done():
            task = self._tasks[key] = asyncio.create_task(read(market, symbol))
            task.add_done_callback(lambda done: self._forget(key, done))
        return task

    def _forget(self, key: tuple[str, str], done: "asyncio.Task[None]") -> None:
        if self._tasks.get(key) is done:
            del self._tasks[key]
        if not done.cancelled():
            done.exception()  # every waiter has already got the error

    async def _hold(self, market: Market, symbol: str) -> None:
        """Have the market hold a symbol; without end, if somebody watches it already."""
        delays = backoff()
        while True:
            try:
                if await self._held(market, symbol):
                    return
            except PgstrikeError as error:
                if not market.shown[symbol]:
                    raise
                logger.warning("chains_unread cause=%s", one_line(error))
            await asyncio.sleep(next(delays))

    async def _held(self, market: Market, symbol: str) -> bool:
        """False where the rows just read do not fit those in memory."""
        restarts = market.restarts
        read, at = await self._read(market.timeframe, [symbol])
        await self.hub.reach(at)
        events = self.hub.recent(at.id)
        if (
            events is None
            or (market.restarts, market.epoch) != (restarts, at.epoch)
            or (isinstance(market, ReadMarket) and read.version < market.version)
        ):
            return False
        market.hold(symbol, read, at.id, events)
        return True

    async def _renew(self, market: Market, _: str) -> None:
        """Read what a market is behind of."""
        assert isinstance(market, ReadMarket)
        delays = backoff()
        while market.is_behind:
            restarts = market.restarts
            try:
                read, at = await self._read(market.timeframe, [*market.chains])
                await self.hub.reach(at)
                is_same = (market.restarts, market.epoch) == (restarts, at.epoch)
                if is_same and market.renew(read):
                    continue
            except PgstrikeError as error:
                logger.warning("chains_unread cause=%s", one_line(error))
            await asyncio.sleep(next(delays))

    async def _read(
        self, timeframe: str, symbols: Collection[str]
    ) -> tuple[Read, Position]:
        """The chains of some symbols, and the newest event that they include."""
        name = QUERIES.get(timeframe, "bar_chains")
        arguments = {"symbols": [*symbols], "timeframe": timeframe}
        lines = await ask(self.pool, name, arguments, Line, reader=EVERYTHING)
        if not lines:
            raise DatabaseError(f"the symbols {', '.join(symbols)} are gone")
        updates: dict[str, list[Update]] = defaultdict(list)
        for line in lines:
            updates[line.symbol].append(line.update())
        first = lines[0]
        return Read(first.version, updates), Position(first.epoch, first.id)


async def shared(task: "asyncio.Task[None]") -> None:
    """Wait for what others may wait for as well."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            await asyncio.shield(task)
    except TimeoutError:
        raise DatabaseError("the chains could not be read in time") from None
