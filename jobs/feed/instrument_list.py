"""A broker's list of instruments: the option contracts that it has, and their terms.

Read are Kite's dump (CSV) and Upstox's (JSON), gzipped or not, told apart by their content.
"""

import csv
import gzip
import io
import json
import math
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.lot_sizes import EXCHANGES as LOT_EXCHANGES
from pgstrike.jobs.feed.lot_sizes import units_of_lot
from pgstrike.jobs.feed.times import IST

GZIP_MAGIC = b"\x1f\x8b"
KITE = ("tradingsymbol", "expiry", "strike", "tick_size", "lot_size", "segment")
UPSTOX = ("instrument_key", "instrument_type", "expiry", "strike_price", "lot_size")
LEGS: Mapping[str, Literal["call", "put"]] = {"CE": "call", "PE": "put"}
EXPIRY_LETTERS = 5  # of a trading symbol: 18JAN, or 18125 in a weekly one

# Segments of options by the exchange whose hours they keep.
EXCHANGES = {
    "NFO": "NSE",
    "NSE_FO": "NSE",
    "BFO": "BSE",
    "BSE_FO": "BSE",
    "MCX": "MCX",
    "MCX_FO": "MCX",
    "CDS": "CDS",
    "NCD_FO": "CDS",
}


class Listed(NamedTuple):
    """One strike of one expiry, as a list has it."""

    symbol: str
    exchange: str
    expiry: date
    strike: float
    lot: int
    tick: float
    unit: float = 1


class Option(NamedTuple):
    """One contract, and what the broker calls it and its underlying ("": it does not say).

    `units` is what one of the broker's volume and OI stands for: a lot, where it counts lots.
    """

    listed: Listed
    leg: Literal["call", "put"]
    key: str
    underlying: str
    units: int = 1


class InstrumentList(NamedTuple):
    """What a list has; `unread` counts its options that could not be understood."""

    source: str
    contracts: list[Listed]
    unread: int


class UnreadError(ValueError):
    """An option of which something is missing or wrong."""


UNREADABLE = (ValueError, TypeError, OverflowError, KeyError)


class Broker(NamedTuple):
    """How a broker's list is read: its rows, the contract of a row, and the name of its key."""

    name: str
    rows: Callable[[str], Iterable[Mapping[str, Any]]]
    contract: Callable[[Mapping[str, Any]], Listed]
    key: str


def read_list(path: str) -> InstrumentList:
    """The list in a file; a FeedError names the file and says what to do."""
    try:
        with open(path, "rb") as file:
            return list_of(unpacked(file.read()))
    except FeedError as error:
        raise FeedError(f"{path}: {error}") from error
    except FileNotFoundError:
        raise FeedError(f"no such file: {path}; give a list of instruments") from None
    except OSError as error:
        raise FeedError(f"cannot read {path}: {error.strerror or error}") from error


def unpacked(data: bytes) -> bytes:
    """The text of a list, gzipped or not."""
    try:
        return gzip.decompress(data) if data[:2] == GZIP_MAGIC else data
    except (OSError, EOFError, zlib.error) as error:
        raise FeedError(f"a list that is cut short: {error}; fetch it again") from error


def list_of(data: bytes) -> InstrumentList:
    """The list that these bytes are."""
    broker, rows = broker_of(data)
    return gathered(broker.name, rows, broker.contract)


def options_of(data: bytes, symbols: Collection[str]) -> list[Option]:
    """The contracts of some symbols. Rows that cannot be understood are left out."""
    broker, rows = broker_of(unpacked(data))
    found = []
    for row in rows:
        leg = LEGS.get(row.get("instrument_type", ""))
        if leg is None:
            continue
        try:
            listed = broker.contract(row)
        except UNREADABLE:
            continue
        if listed.symbol in symbols:
            underlying = str(row.get("underlying_key") or "")
            units = listed.lot // whole(row["lot_size"])
            found.append(Option(listed, leg, str(row[broker.key]), underlying, units))
    return found


def broker_of(data: bytes) -> tuple["Broker", Iterable[Mapping[str, Any]]]:
    """Whose list it is, and its rows."""
    text = data.decode("utf-8-sig", "backslashreplace")
    broker = UPSTOX_LIST if text.lstrip()[:1] in ("[", "{") else KITE_LIST
    return broker, broker.rows(text)


def gathered(
    source: str,
    rows: Iterable[Mapping[str, Any]],
    contract: Callable[[Mapping[str, Any]], Listed],
) -> InstrumentList:
    """The strikes of calls and puts, each once; futures and shares are left out."""
    found: dict[tuple[str, str, date, float], Listed] = {}
    unread = 0
    for row in rows:
        if row.get("instrument_type") not in LEGS:
            continue
        try:
            listed = contract(row)
        except UNREADABLE:
            unread += 1
        else:
            found[listed.symbol, listed.exchange, listed.expiry, listed.strike] = listed
    if not found:
        raise FeedError(
            f"no options in this {source} list; fetch that of all exchanges"
        )
    return InstrumentList(source, [*found.values()], unread)


def kite_rows(text: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in KITE if name not in (reader.fieldnames or ())]
    if missing:
        raise FeedError(
            f"no list of instruments: neither Upstox's JSON nor Kite's CSV, whose header "
            f"has {', '.join(missing)}"
        )
    return reader


def kite_contract(row: Mapping[str, str]) -> Listed:
    strike = positive(row["strike"])
    exchange = exchange_of(row["segment"].partition("-")[0])
    lot = whole(row["lot_size"])
    if lot == 1 and exchange in LOT_EXCHANGES:
        lot = units_of_lot(row["tradingsymbol"]) or 1
    return Listed(
        kite_symbol(row, strike),
        exchange,
        date.fromisoformat(row["expiry"]),
        strike,
        lot,
        positive(row["tick_size"]),
    )


def kite_symbol(row: Mapping[str, str], strike: float) -> str:
    """The underlying: the name, or the trading symbol without expiry, strike and kind.

    Older dumps have no name. BANKNIFTY18JAN23500CE is of BANKNIFTY.
    """
    trading, name = row["tradingsymbol"], row.get("name", "")
    if name and trading.startswith(name):
        return name
    end = f"{strike:g}{row['instrument_type']}"
    symbol = trading.removesuffix(end)[:-EXPIRY_LETTERS]
    if not trading.endswith(end) or not symbol:
        raise UnreadError(trading)
    return symbol


def upstox_rows(text: str) -> list[dict[str, Any]]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"no list of instruments: not JSON: {error}") from None
    rows = body.get("data") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FeedError("no list of instruments: JSON, but no list of objects")
    options = [row for row in rows if row.get("instrument_type") in LEGS]
    missing = [name for name in UPSTOX if options and name not in options[0]]
    if missing:
        raise FeedError(
            f"no list of instruments of Upstox: its options lack {', '.join(missing)}"
        )
    return rows


def upstox_contract(row: Mapping[str, Any]) -> Listed:
    symbol = row.get("underlying_symbol") or row.get("asset_symbol") or row["name"]
    return Listed(
        text_of(symbol),
        exchange_of(text_of(row["segment"])),
        upstox_day(row["expiry"]),
        positive(row["strike_price"]),
        whole(row["lot_size"]),
        positive(row["tick_size"]) / 100,  # it is in paise
    )


def upstox_day(expiry: object) -> date:
    """The day of an expiry: milliseconds until its last second in IST, or ISO 8601."""
    if isinstance(expiry, str):
        return date.fromisoformat(expiry)
    if not isinstance(expiry, int):
        raise UnreadError(expiry)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return (start + timedelta(milliseconds=expiry)).astimezone(IST).date()


def exchange_of(segment: str) -> str:
    """The exchange of a segment; an unknown one keeps its name, and is counted by it."""
    return EXCHANGES.get(segment, segment)


def text_of(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise UnreadError(value)
    return value


def positive(value: str | float) -> float:
    number = float(value)
    if not 0 < number < math.inf:
        raise UnreadError(value)
    return number


def whole(value: str | float) -> int:
    number = positive(value)
    if not number.is_integer() or number >= 2**31:
        raise UnreadError(value)
    return int(number)


KITE_LIST = Broker("kite", kite_rows, kite_contract, "instrument_token")
UPSTOX_LIST = Broker("upstox", upstox_rows, upstox_contract, "instrument_key")
