"""Deribit's answers and messages as contracts and updates."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.deribit import (
    COINS,
    LEGS,
    OPTION,
    day_of,
    leg_of,
    market_of,
    strike_of,
)
from pgstrike.jobs.feed.figures import figure
from pgstrike.jobs.live.plugin import BIT, Contract, Frame, Updates, updates_of
from pgstrike.jobs.quote import LEG_INTS, Reject

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
