"""Dhan: ticks from its binary socket, or whole chains over REST (option mode=chain)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed import dhan as body
from pgstrike.jobs.feed.batches import SymbolCodes, finished
from pgstrike.jobs.feed.bodies import body_of, parse_quotes
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.moments import read_day
from pgstrike.jobs.feed.times import IST, calendar_day, days
from pgstrike.jobs.live.feeds.dhan_list import CENT, Listed, Master, master_of
from pgstrike.jobs.live.feeds.dhan_packets import (
    Instruments,
    decode,
    disconnect_reasons,
)
from pgstrike.jobs.live.feeds.joined import frames_of
from pgstrike.jobs.live.plugin import (
    Asked,
    Contract,
    RefusedError,
    Socket,
    Updates,
    Wire,
)
from pgstrike.jobs.quote import Kinds, QuoteBatch

LIST = "https://images.dhan.co/api-data/api-scrip-master-detailed.csv"
CHAIN = "https://api.dhan.co/v2/optionchain"
EXPIRIES = "https://api.dhan.co/v2/optionchain/expirylist"
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

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._most = expiries_of(asked.options)
        self._master: tuple[int, Master] | None = None

    def _headers(self) -> dict[str, str]:
        secret = self._asked.secret
        return {
            "access-token": secret("DHAN_ACCESS_TOKEN"),
            "client-id": secret("DHAN_CLIENT_ID"),
            "content-type": "application/json",
        }

    async def _listed(self, wire: Wire) -> Master:
        today = days(datetime.now(IST).date())
        if self._master is None or self._master[0] != today:
            frame = await wire.get(LIST)
            # Of 200,000 lines: not on the event loop.
            found = await asyncio.to_thread(
                master_of, frame.data, frozenset(self._asked.symbols)
            )
            self._master = today, found
        return self._master[1]


class DhanTicks(Dhan):
    """Full packets of each option, and the price of each underlying."""

    is_whole = False

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._ticks: dict[str, float] = {}

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        master = await self._listed(wire)
        options = list(nearest(master.options, self._most))
        if len(options) + len(master.underlyings) > SOCKETS * A_SOCKET:
            raise FeedError(
                f"Dhan allows {SOCKETS * A_SOCKET:,} instruments, and {len(options):,} "
                "options are asked for; set fewer symbols, or expiries=1"
            )
        self._ticks = {each.contract.key: each.tick for each in options}
        return [
            *(each.contract for each in options),
            *(
                Contract(key, symbol, "underlying")
                for symbol, key in master.underlyings.items()
            ),
        ]

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates]:
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
            async for frame in frames_of(sockets):
                for reason in disconnect_reasons(frame.data):
                    raise ended(reason)
                found = decode(frame.data, known)
                yield Updates(frame.read_at, found.rows, found.rejects)


class DhanChains(Dhan):
    """The chain of one expiry after the other, one every 3 s."""

    is_whole = True

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        return ()

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[QuoteBatch]:
        master = await self._listed(wire)
        absent = [
            each for each in self._asked.symbols if each not in master.underlyings
        ]
        if absent:
            raise FeedError(f"Dhan's list has no index or share {absent[0]}")
        # All again each day: an expiry that is over is listed no more.
        day = datetime.now(IST).date()
        asked = await self._expiries(wire, master)
        while datetime.now(IST).date() == day:
            for symbol, expiry in asked:
                yield await self._chain(
                    wire, master.underlyings[symbol], symbol, expiry
                )
                await wire.sleep(CHAIN_SECONDS)

    async def _expiries(self, wire: Wire, master: Master) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for symbol in self._asked.symbols:
            request = json.dumps(scrip(master.underlyings[symbol])).encode()
            frame = await wire.post(EXPIRIES, request, headers=self._headers())
            found += [(symbol, day) for day in expiry_days(frame.data)[: self._most]]
            await wire.sleep(CHAIN_SECONDS)
        if not found:
            raise FeedError("Dhan lists no expiry; look at the symbols of this feed")
        return found

    async def _chain(
        self, wire: Wire, key: str, symbol: str, expiry: int
    ) -> QuoteBatch:
        wanted = {**scrip(key), "Expiry": calendar_day(expiry).isoformat()}
        request = json.dumps(wanted).encode()
        frame = await wire.post(CHAIN, request, headers=self._headers())
        return chain_of(frame.data, Facts(symbol, expiry, frame.read_at))._replace(
            kinds=self.kinds
        )


def dhan(asked: Asked) -> DhanTicks | DhanChains:
    """The feed `dhan`. Options: mode (socket or chain), expiries (2, of each symbol)."""
    unknown = sorted({*asked.options} - {"mode", "expiries"})
    if unknown:
        raise FeedError(f"dhan has no option {unknown[0]}; it has mode and expiries")
    match asked.options.get("mode", "socket"):
        case "socket":
            return DhanTicks(asked)
        case "chain":
            return DhanChains(asked)
        case other:
            raise FeedError(f"mode is {other!r}; give socket or chain")


def expiries_of(options: Mapping[str, str]) -> int:
    """How many expiries of each symbol are asked for."""
    said = options.get("expiries", "2")
    if not (said.isascii() and said.isdecimal() and 0 < int(said) < 100):
        raise FeedError(f"expiries is {said!r}; give a number from 1 to 99")
    return int(said)


def nearest(options: Sequence[Listed], most: int) -> Iterator[Listed]:
    """The options of the nearest expiries of each symbol."""
    today = days(datetime.now(IST).date())
    ends: dict[str, set[int]] = {}
    for each in options:
        if (each.contract.expiry or 0) >= today:
            ends.setdefault(each.contract.symbol, set()).add(each.contract.expiry or 0)
    near = {symbol: sorted(found)[:most] for symbol, found in ends.items()}
    for each in options:
        if each.contract.expiry in near.get(each.contract.symbol, ()):
            yield each


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


def scrip(key: str) -> dict[str, object]:
    """An underlying as Dhan's requests name it."""
    segment, _, name = key.partition(":")
    return {"UnderlyingScrip": int(name), "UnderlyingSeg": segment}


def expiry_days(data: bytes) -> list[int]:
    """The days in the answer to a request for expiries."""
    answer = parsed(data)
    try:
        return sorted(read_day(day) for day in answer["data"])
    except (KeyError, TypeError, ValueError) as error:
        raise FeedError(f"{body.NAME}: no list of expiries in {data[:80]!r}") from error


def chain_of(data: bytes, facts: Facts) -> QuoteBatch:
    """The quotes of one chain's body."""
    value = parsed(data)
    if not body.fits(value):
        body_of(value)  # names what it is, where that is known
        raise FeedError(f"not {body.NAME}: {data[:80]!r}")
    codes = SymbolCodes()
    return finished(
        parse_quotes(body.quotes(value, facts.read_at, facts), None, codes), codes
    )


def parsed(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"Dhan's answer is not JSON: {data[:80]!r}") from error
    if not isinstance(value, dict):
        raise FeedError(f"Dhan's answer is no JSON object: {data[:80]!r}")
    return value
