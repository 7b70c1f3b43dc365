"""Deribit, live and without a login: a cold start over HTTP, then tickers of its WebSocket.

It uses one connection of the 32 that an address may have. Names and figures are read as those
of its files are, by jobs/feed/deribit.py. Volume is that of the last 24 hours.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import msgspec
import numpy as np

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.deribit import KINDS, is_symbol
from pgstrike.jobs.live.addresses import check_socket_address
from pgstrike.jobs.live.feeds.deribit_messages import (
    Message,
    Places,
    contracts_of,
    decode_summary,
    decode_ticker,
    is_new_listing,
    read_message,
    refuse,
)
from pgstrike.jobs.live.plugin import (
    UPDATE,
    Asked,
    Contract,
    Feed,
    Frame,
    Socket,
    Updates,
    Wire,
)
from pgstrike.jobs.quote import Reject

URL = "wss://www.deribit.com/ws/api/v2"
CHANNEL = "ticker.{}.100ms"
CHANNELS = 200  # in one request to subscribe; it takes 500
HEARTBEAT_SECONDS = 30


class Deribit:
    """The feed. One symbol is a coin (BTC), or a pair (SOL_USDC)."""

    kinds = KINDS
    is_whole = False

    def __init__(self, symbols: Sequence[str], url: str) -> None:
        self._symbols = symbols
        self._url = url
        http = url.replace("ws", "http", 1).replace("/ws/api/", "/api/", 1)
        self._public = f"{http}/public/"

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        found: list[Contract] = []
        for currency in currencies(self._symbols):
            frame = await self._ask(wire, "get_instruments", currency)
            found += contracts_of(frame.data, self._symbols)
        for symbol in self._symbols:
            if not any(contract.symbol == symbol for contract in found):
                raise unlisted(symbol)
        return found

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates]:
        places = Places.of(contracts)
        for currency in currencies(self._symbols):
            yield decode_summary(
                await self._ask(wire, "get_book_summary_by_currency", currency), places
            )
        async with wire.socket(self._url) as socket:
            await self._subscribe(socket, [contract.key for contract in contracts])
            async for frame in socket:
                message = read_message(frame.data)
                if isinstance(message, Reject):
                    yield Updates(frame.read_at, np.empty(0, UPDATE), [message])
                elif message.method == "subscription":
                    if is_new_listing(message, places, self._symbols):
                        return  # the contracts are asked anew
                    yield decode_ticker(message, frame.read_at, places)
                else:
                    await answer(socket, message)

    async def _ask(self, wire: Wire, method: str, currency: str) -> Frame:
        params = {"currency": currency, "kind": "option"}
        return await wire.get(self._public + method, params=params)

    async def _subscribe(self, socket: Socket, names: Sequence[str]) -> None:
        beat = {"interval": HEARTBEAT_SECONDS}
        await socket.send(request("public/set_heartbeat", beat))
        states = [
            f"instrument.state.option.{each}" for each in currencies(self._symbols)
        ]
        channels = states + [CHANNEL.format(name) for name in names]
        for start in range(0, len(channels), CHANNELS):
            part = {"channels": channels[start : start + CHANNELS]}
            await socket.send(request("public/subscribe", part))


def make(asked: Asked) -> Feed:
    """The feed that a user asked for; FeedError for an option that it does not know."""
    asked.check_options("url")
    if not asked.symbols:
        raise FeedError("deribit needs a symbol, such as BTC")
    for symbol in asked.symbols:
        if not is_symbol(symbol):
            raise unlisted(symbol)
    url = asked.options.get("url", URL)
    check_socket_address(url)
    return Deribit(asked.symbols, url)


def unlisted(symbol: str) -> FeedError:
    return FeedError(
        f"Deribit lists no options of {symbol}; write BTC, ETH or SOL_USDC"
    )


def currencies(symbols: Iterable[str]) -> list[str]:
    """What Deribit lists these symbols under: a pair under its money."""
    return [*dict.fromkeys(symbol.rpartition("_")[2] for symbol in symbols)]


async def answer(socket: Socket, message: Message) -> None:
    """Answer a test of whether we live; FeedError for a refusal."""
    refuse(message.error)
    is_test = message.params is not None and message.params.type == "test_request"
    if message.method == "heartbeat" and is_test:
        await socket.send(request("public/test", {}))


def request(method: str, params: Mapping[str, object]) -> str:
    """A JSON-RPC request. Its id says nothing: only errors among the replies matter."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return msgspec.json.encode(body).decode()
