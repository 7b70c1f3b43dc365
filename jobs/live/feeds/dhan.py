"""Dhan: ticks from its binary socket, or whole chains over REST (option mode=chain)."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.live.ending import ending
from pgstrike.jobs.live.feeds.dhan_list import CENT, options_of
from pgstrike.jobs.live.feeds.dhan_packets import (
    Instruments,
    decode,
    disconnect_reasons,
)
from pgstrike.jobs.live.feeds.dhan_rest import (
    by_segment,
    chain_of,
    expiry_days,
    prices_of,
    scrip,
)
from pgstrike.jobs.live.feeds.joined import frames_of
from pgstrike.jobs.live.feeds.listed import (
    Choice,
    DailyList,
    Lists,
    check_count,
    choice_of,
    chosen,
    contract_of,
    today,
)
from pgstrike.jobs.live.plugin import (
    Asked,
    Contract,
    Frame,
    RefusedError,
    Socket,
    Updates,
    Wire,
)
from pgstrike.jobs.quote import QuoteBatch

LIST = "https://images.dhan.co/api-data/api-scrip-master-detailed.csv"
CHAIN = "https://api.dhan.co/v2/optionchain"
EXPIRIES = "https://api.dhan.co/v2/optionchain/expirylist"
PRICES = "https://api.dhan.co/v2/marketfeed/ltp"
SOCKET = "wss://api-feed.dhan.co"
CHAIN_SECONDS = 3.0  # between two requests; Dhan refuses more
A_MESSAGE, A_SOCKET, SOCKETS = 100, 5_000, 5
TICKER, FULL = 15, 21
RENEW = "make a new DHAN_ACCESS_TOKEN at web.dhan.co"
REASONS = {
    805: "more than 5 connections are open; stop another program of this account",
    806: "the account has no Data APIs; subscribe to them at web.dhan.co",
    807: f"the access token has expired; {RENEW}",
    808: "the client id is wrong; look at DHAN_CLIENT_ID",
    809: f"the access token is refused; {RENEW}",
}
REFUSED = (806, 807, 808, 809)


class Dhan:
    """What both ways share. The list of instruments is fetched once a day."""

    kinds = Kinds("session", "now")

    def __init__(self, asked: Asked, choice: Choice) -> None:
        self._asked, self._choice = asked, choice
        self._lists = Lists("dhan", asked.symbols, options_of)

    def _headers(self) -> dict[str, str]:
        secret = self._asked.secret
        return {
            "access-token": secret("DHAN_ACCESS_TOKEN"),
            "client-id": secret("DHAN_CLIENT_ID"),
            "content-type": "application/json",
        }

    async def _post(self, wire: Wire, url: str, request: Mapping[str, Any]) -> Frame:
        return await wire.post(
            url, json.dumps(request).encode(), headers=self._headers()
        )

    async def _list(self, wire: Wire) -> DailyList:
        """The newest list that was fetched; it may be that of an earlier day."""
        return self._lists.newest() or await self._fetch_list(wire)

    async def _fetch_list(self, wire: Wire) -> DailyList:
        return await self._lists.take(await wire.get(LIST))


class DhanTicks(Dhan):
    """Full packets of each option, and the price of each underlying."""

    is_whole = False

    def __init__(self, asked: Asked, choice: Choice) -> None:
        super().__init__(asked, choice)
        self._ticks: dict[str, float] = {}

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        """The options near the money, by today's list of instruments; the underlyings."""
        listed = await self._list(wire)
        keys = underlyings_of(listed)
        frame = await self._post(wire, PRICES, by_segment(keys.values()))
        if not listed.is_current(frame.read_at):
            listed = await self._fetch_list(wire)
        spots = prices_of(frame.data, keys)
        options = chosen(listed, self._choice, frame.read_at, spots)
        self._ticks = {each.key: each.listed.tick for each in options}
        contracts = [
            *map(contract_of, options),
            *(Contract(key, symbol, "underlying") for symbol, key in keys.items()),
        ]
        check_count(contracts, SOCKETS * A_SOCKET, "Dhan")
        return contracts

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates]:
        listed = self._lists.newest()
        known = Instruments(
            [each.key for each in contracts],
            [self._ticks.get(each.key, CENT) for each in contracts],
            [each.leg != "underlying" for each in contracts],
        )
        secret = self._asked.secret
        params = {
            "version": "2",
            "token": secret("DHAN_ACCESS_TOKEN"),
            "clientId": secret("DHAN_CLIENT_ID"),
            "authType": "2",
        }
        async with AsyncExitStack() as stack:
            sockets: list[Socket] = []
            for some in parts(contracts, A_SOCKET):
                socket = await stack.enter_async_context(
                    wire.socket(SOCKET, params=params)
                )
                for message in subscriptions(some):
                    await socket.send(message)
                sockets.append(socket)
            joined = ending(frames_of(sockets))
            async for frame in await stack.enter_async_context(joined):
                for reason in disconnect_reasons(frame.data):
                    raise ended(reason)
                found = decode(frame.data, known)
                yield Updates(frame.read_at, found.rows, found.rejects)
                if listed is not None:
                    listed.check_current(frame.read_at)


class DhanChains(Dhan):
    """The chain of one expiry after the other, one every 3 s."""

    is_whole = True

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        return ()

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[QuoteBatch]:
        keys = underlyings_of(await self._list(wire))
        asked, day = await self._expiries(wire, keys)
        while True:
            for symbol, expiry in asked:
                wanted = {
                    **scrip(keys[symbol]),
                    "Expiry": calendar_day(expiry).isoformat(),
                }
                frame = await self._post(wire, CHAIN, wanted)
                facts = Facts(symbol, expiry, frame.read_at)
                yield chain_of(frame.data, facts)._replace(kinds=self.kinds)
                if today(frame.read_at) != day:
                    return  # an expiry that is over is listed no more
                await wire.sleep(CHAIN_SECONDS)

    async def _expiries(
        self, wire: Wire, keys: Mapping[str, str]
    ) -> tuple[list[tuple[str, int]], int]:
        """Symbols and their expiries, and the day in India that they are of."""
        found: list[tuple[str, int]] = []
        for symbol, key in keys.items():
            frame = await self._post(wire, EXPIRIES, scrip(key))
            near = expiry_days(frame.data)[: self._choice.expiries]
            found += [(symbol, day) for day in near]
            await wire.sleep(CHAIN_SECONDS)
        if not found:
            raise FeedError("Dhan lists no expiry; look at the symbols of this feed")
        return found, today(frame.read_at)


def dhan(asked: Asked) -> DhanTicks | DhanChains:
    """The feed `dhan`. Options: mode (socket or chain), expiries and strikes."""
    choice = choice_of(asked, "mode")
    match asked.options.get("mode", "socket"):
        case "socket":
            return DhanTicks(asked, choice)
        case "chain" if "strikes" in asked.options:
            raise FeedError(
                "mode=chain brings all strikes; leave the option strikes out"
            )
        case "chain":
            return DhanChains(asked, choice)
        case other:
            raise FeedError(f"mode is {other!r}; give socket or chain")


def underlyings_of(listed: DailyList) -> dict[str, str]:
    """The key of each symbol's underlying; FeedError where one has none."""
    keys = {symbol: options[0].underlying for symbol, options in listed.options.items()}
    absent = [symbol for symbol, key in keys.items() if not key]
    if absent:
        raise FeedError(f"Dhan's list has no index or share {absent[0]}")
    return keys


def parts(contracts: Sequence[Contract], size: int) -> Iterator[Sequence[Contract]]:
    for start in range(0, len(contracts), size):
        yield contracts[start : start + size]


def subscriptions(contracts: Sequence[Contract]) -> Iterator[str]:
    """The messages that ask for them. An index has no full packet."""
    for code, legs in ((TICKER, ("underlying",)), (FULL, ("call", "put"))):
        wanted = [each for each in contracts if each.leg in legs]
        for some in parts(wanted, A_MESSAGE):
            named = (each.key.split(":") for each in some)
            instruments = [
                {"ExchangeSegment": segment, "SecurityId": name}
                for segment, name in named
            ]
            yield json.dumps(
                {
                    "RequestCode": code,
                    "InstrumentCount": len(some),
                    "InstrumentList": instruments,
                }
            )


def ended(reason: int) -> FeedError:
    """The error for a connection that Dhan ends."""
    said = REASONS.get(reason, "the reason is not known")
    error = RefusedError if reason in REFUSED else FeedError
    return error(f"Dhan ended the connection (code {reason}): {said}")
