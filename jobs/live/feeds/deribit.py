"""Deribit, live and without a login: a cold start over HTTP, then tickers of its WebSocket.

It uses one connection of the 32 that an address may have. Names and figures are read as those
of its files are, by jobs/feed/deribit.py. Volume is that of the last 24 hours.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.deribit import (
    COINS,
    KINDS,
    LEGS,
    OPTION,
    day_of,
    leg_of,
    market_of,
    strike_of,
)
from pgstrike.jobs.feed.figures import figure
from pgstrike.jobs.live.plugin import (
    BIT,
    UPDATE,
    Asked,
    Contract,
    Feed,
    Frame,
    Socket,
    Updates,
    Wire,
    updates_of,
)
from pgstrike.jobs.quote import LEG_INTS, Reject

URL = "wss://www.deribit.com/ws/api/v2"
CHANNEL = "ticker.{}.100ms"
CHANNELS = 200  # in one request to subscribe; it takes 500
HEARTBEAT_SECONDS = 30
LARGEST = 2**62
MOST_SHOWN = 300
T = TypeVar("T", "Instruments", "Summary")


class Instrument(msgspec.Struct):
    """One row of get_instruments."""

    instrument_name: str
    kind: str = "option"
    is_active: bool = True


class Fault(msgspec.Struct):
    code: int = 0
    message: str = ""


class Instruments(msgspec.Struct):
    result: list[Instrument] = []
    error: Fault | None = None


class Summary(msgspec.Struct):
    """An answer of get_book_summary_by_currency."""

    result: list[dict[str, Any]] = []
    error: Fault | None = None


class Params(msgspec.Struct):
    channel: str = ""
    type: str = ""
    data: Any = None


class Message(msgspec.Struct):
    """A message of the WebSocket: of a subscription, a heartbeat, or a reply."""

    method: str = ""
    params: Params | None = None
    error: Fault | None = None


class Places(NamedTuple):
    """Of each instrument by name: its place among the contracts, and its symbol."""

    known: Mapping[str, tuple[int, str]]

    @classmethod
    def of(cls, contracts: Sequence[Contract]) -> "Places":
        return cls({each.key: (n, each.symbol) for n, each in enumerate(contracts)})


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
                raise FeedError(
                    f"Deribit lists no options of {symbol}; write BTC, ETH or SOL_USDC"
                )
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
    return Deribit(asked.symbols, asked.options.get("url", URL))


def currencies(symbols: Iterable[str]) -> list[str]:
    """What Deribit lists these symbols under: a pair under its money."""
    return [*dict.fromkeys(symbol.rpartition("_")[2] for symbol in symbols)]


def contracts_of(data: bytes, symbols: Sequence[str]) -> list[Contract]:
    """The options of these symbols in an answer of get_instruments."""
    answer = read(data, Instruments)
    found = []
    for row in answer.result:
        name = OPTION.fullmatch(row.instrument_name)
        if not (name and row.is_active and name["symbol"] in symbols):
            continue
        found.append(
            Contract(
                key=row.instrument_name,
                symbol=name["symbol"],
                leg="call" if LEGS[name["side"]] == "call" else "put",
                expiry=day_of(name),
                strike=float(strike_of(name)),
                unit=COINS.get(name["symbol"], 1.0),
            )
        )
    return found


def decode_summary(frame: Frame, places: Places) -> Updates:
    """The figures of all instruments that are known; it has neither Greeks nor quantities."""
    rows = [row for row in read(frame.data, Summary).result if is_known(row, places)]
    return decode_rows(rows, frame.read_at, places)


def decode_ticker(message: Message, read_at: int, places: Places) -> Updates:
    """One row, or none where the message is of another channel."""
    data = message.params.data if message.params else None
    rows = [data] if isinstance(data, dict) and is_known(data, places) else []
    return decode_rows(rows, read_at, places)


def decode_rows(
    rows: Sequence[dict[str, Any]], read_at: int, places: Places
) -> Updates:
    made, rejects = updates_of(len(rows)), []
    kept = 0
    for row in rows:
        place, symbol = places.known[row["instrument_name"]]
        try:
            fill(made[kept : kept + 1], row, place, symbol)
        except BadRow as bad:
            made[kept : kept + 1] = updates_of(1)
            line = json.dumps(row).encode()[:MOST_SHOWN]
            rejects.append(bad.reject(line, symbol))
        else:
            kept += 1
    return Updates(read_at, made[:kept], rejects)


def fill(
    made: npt.NDArray[np.void], row: dict[str, Any], place: int, symbol: str
) -> None:
    """One UPDATE. A ticker brings all figures; a summary those that are in it."""
    market = market_of(row, symbol)
    figures = {
        "underlying": known_index(market.underlying),
        "forward": market.forward,
        **leg_of(row, market.money, COINS.get(symbol, 1.0)),
    }
    is_ticker = "greeks" in row
    made["contract"] = place
    if market.stamp is not None:
        made["exchange_time"] = market.stamp
    present = 0
    for name, value in figures.items():
        if value is not None:
            made[name] = checked(name, value)
        if value is not None or is_ticker:
            present |= BIT[name]
    made["present"] = present


def known_index(value: object) -> object:
    """The index; before it is known, `estimated_delivery_price` is a word."""
    value = figure(value)
    return None if isinstance(value, str) else value


def checked(name: str, value: object) -> float:
    """A figure that its column can hold; BadRow for another."""
    if type(value) is not float and type(value) is not int:
        raise BadRow("malformed", f"{name} is no number: {str(value)[:40]!r}")
    if not abs(value) < LARGEST or (name in LEG_INTS and type(value) is float):
        raise BadRow("malformed", f"{name} is too large: {str(value)[:40]}")
    return value


def is_known(row: Mapping[str, Any], places: Places) -> bool:
    return row.get("instrument_name") in places.known


def is_new_listing(message: Message, places: Places, symbols: Sequence[str]) -> bool:
    """Whether it says that an option of ours begins to trade that was not listed."""
    data = message.params.data if message.params else None
    if not isinstance(data, dict) or data.get("state") != "started":
        return False
    name = OPTION.fullmatch(str(data.get("instrument_name")))
    is_ours = name is not None and name["symbol"] in symbols
    return is_ours and not is_known(data, places)


def read_message(data: bytes) -> Message | Reject:
    """A message; one that is none is a reject, and stops nothing."""
    try:
        return msgspec.json.decode(data, type=Message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return BadRow("malformed", f"no message of Deribit: {error}").reject(
            data[:MOST_SHOWN]
        )


async def answer(socket: Socket, message: Message) -> None:
    """Answer a test of whether we live; FeedError for a refusal."""
    refuse(message.error)
    is_test = message.params is not None and message.params.type == "test_request"
    if message.method == "heartbeat" and is_test:
        await socket.send(request("public/test", {}))


def read(data: bytes, kind: type[T]) -> T:
    """An answer; FeedError where it is another, or an error."""
    try:
        found = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FeedError(f"Deribit's answer cannot be read: {error}") from None
    refuse(found.error)
    return found


def refuse(fault: Fault | None) -> None:
    if fault is not None:
        raise FeedError(f"Deribit answered error {fault.code}: {fault.message}")


def request(method: str, params: Mapping[str, object]) -> str:
    """A JSON-RPC request. Its id says nothing: only errors among the replies matter."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return msgspec.json.encode(body).decode()
