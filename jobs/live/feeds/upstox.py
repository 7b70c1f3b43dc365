"""Upstox: chains over REST first, then ticks with IV and Greeks over a WebSocket (v3)."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import numpy as np

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.figures import at
from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.live.feeds.answers import Secret, data_of, renewing
from pgstrike.jobs.live.feeds.listed import (
    DailyList,
    Lists,
    check_count,
    choice_of,
    chosen,
    contract_of,
)
from pgstrike.jobs.live.feeds.upstox_chain import decode_chain
from pgstrike.jobs.live.history import Candles, candles_of
from pgstrike.jobs.live.paced import Gets
from pgstrike.jobs.live.plugin import Asked, Contract, Frame, Socket, Updates, Wire

API = "https://api.upstox.com"
LIST = "https://assets.upstox.com/market-quote/instruments/exchange/complete.json.gz"
MOST = 2_000  # of options with Greeks, beside the prices of their underlyings
RENEW = (
    "An Analytics Token lasts a year: make a new one at account.upstox.com (Apps, "
    "Analytics), and put it into UPSTOX_TOKEN, or into the file that UPSTOX_TOKEN_FILE names"
)


class UpstoxFeed:
    """Upstox's quotes of some symbols, with its IV and Greeks."""

    kinds = Kinds(volume="session", oi="now")
    is_whole = False

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._choice = choice_of(asked)
        self._lists = Lists("upstox", asked.symbols)

    async def contracts(self, wire: Gets) -> Sequence[Contract]:
        """The underlyings, then the options near the money, by today's list of instruments."""
        listed = self._lists.newest() or await self._fetch_list(wire)
        frame, found = await self._underlyings(wire, listed)
        if not listed.is_current(frame.read_at):
            listed = await self._fetch_list(wire)
            frame, found = await self._underlyings(wire, listed)
        spots = {each.symbol: price for each, price in found.items() if price > 0}
        options = chosen(listed, self._choice, frame.read_at, spots)
        check_count(options, MOST, "Upstox")
        return [*found, *map(contract_of, options)]

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates]:
        """The chains as they stand, then the ticks, until the next list is out."""
        decode, listed = decoder(), self._lists.newest()
        places = {contract.key: place for place, contract in enumerate(contracts)}
        async for frame in self._chains(wire, contracts):
            yield Updates(frame.read_at, *decode_chain(frame.data, places))
        async with AsyncExitStack() as stack:
            with renewing(RENEW):
                url, params = await self._address(wire)
                socket = await stack.enter_async_context(
                    wire.socket(url, params=params)
                )
            await subscribe(socket, contracts)
            async for frame in socket:
                found = decode(frame.data, places)
                if len(found.rows) or found.rejects:
                    yield Updates(frame.read_at, *found)
                if listed is not None:
                    listed.check_current(frame.read_at)

    async def candles(
        self, wire: Gets, key: str, first: date, last: date, today: date
    ) -> Candles:
        """The candles of some days, a month at most; today's are asked for by themselves."""
        of_key, parts = quote(key, safe=""), []
        if first < today:
            until = min(last, today - timedelta(days=1))
            parts.append(f"{of_key}/minutes/1/{until}/{first}")
        if last >= today:
            parts.append(f"intraday/{of_key}/minutes/1")
        found = []
        for part in parts:
            frame = await self._get(wire, f"/v3/historical-candle/{part}")
            found.append(candles_of(data_of(frame.data, "Upstox", dict), "Upstox"))
        return np.concatenate(found)

    async def _fetch_list(self, wire: Gets) -> DailyList:
        return await self._lists.take(await fetch_list(wire))

    async def _underlyings(
        self, wire: Gets, listed: DailyList
    ) -> tuple[Frame, dict[Contract, float]]:
        """The prices of the underlyings, which the list names; 0 where there is none."""
        contracts = {}
        for symbol, options in listed.options.items():
            key = min(options, key=lambda option: option.listed.expiry).underlying
            if key:
                contracts[key] = Contract(key, symbol, "underlying")
        frame = await self._get(
            wire, "/v3/market-quote/ltp", instrument_key=",".join(contracts)
        )
        prices = {
            at(row, "instrument_token"): at(row, "last_price")
            for row in data_of(frame.data, "Upstox", dict).values()
        }
        return frame, {
            contract: price if isinstance(price, int | float) else 0.0
            for key, contract in contracts.items()
            for price in [prices.get(key)]
        }

    async def _chains(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Frame]:
        """The answer of each chain that the contracts are of; Upstox has none of MCX."""
        keys = {
            c.symbol: c.key
            for c in contracts
            if c.leg == "underlying" and not c.key.startswith("MCX")
        }
        chains = {(c.symbol, c.expiry): None for c in contracts if c.symbol in keys}
        for symbol, expiry in chains:
            if expiry is not None:
                day = calendar_day(expiry).isoformat()
                yield await self._get(
                    wire,
                    "/v2/option/chain",
                    instrument_key=keys[symbol],
                    expiry_date=day,
                )

    async def _address(self, wire: Wire) -> tuple[str, dict[str, str]]:
        """The address of a socket, good for one connection, and its secret parameters."""
        frame = await self._get(wire, "/v3/feed/market-data-feed/authorize")
        said = data_of(frame.data, "Upstox", dict)
        address = urlsplit(str(said.get("authorized_redirect_uri")))
        if address.scheme not in ("wss", "ws"):
            raise FeedError(
                "Upstox's answer has no address of a socket; try again later"
            )
        params = dict(parse_qsl(address.query, keep_blank_values=True))
        return address._replace(query="").geturl(), params

    async def _get(self, wire: Gets, path: str, **params: str) -> Frame:
        return await get(wire, path, self._asked.secret, **params)


async def fetch_list(wire: Gets, secret: Secret | None = None) -> Frame:
    """Today's list of instruments, of all exchanges; it needs no token."""
    return await wire.get(LIST)


async def get(wire: Gets, path: str, secret: Secret, **params: str) -> Frame:
    token = secret("UPSTOX_TOKEN")
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    with renewing(RENEW):
        return await wire.get(f"{API}{path}", params=params, headers=headers)


async def subscribe(socket: Socket, contracts: Sequence[Contract]) -> None:
    """Ask for prices of underlyings, and for quotes with Greeks of options."""
    keys: dict[str, list[str]] = {"ltpc": [], "option_greeks": []}
    for contract in contracts:
        mode = "ltpc" if contract.leg == "underlying" else "option_greeks"
        keys[mode].append(contract.key)
    for mode, those in keys.items():
        data = {"mode": mode, "instrumentKeys": those}
        request = {"guid": f"pgstrike-{mode}", "method": "sub", "data": data}
        await socket.send(json.dumps(request).encode())


def decoder() -> Any:
    """How messages are read; FeedError where the package for it is absent."""
    try:
        from pgstrike.jobs.live.feeds.upstox_messages import decode
    except ImportError as error:
        raise FeedError(
            f"Upstox's messages need Protobuf ({error}); pip install 'pgstrike[feeds]'"
        ) from error
    return decode


def upstox(asked: Asked) -> UpstoxFeed:
    """The plug-in."""
    decoder()
    return UpstoxFeed(asked)
