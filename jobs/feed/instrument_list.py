"""A broker's list of instruments: the option contracts that it has, and their terms.

Read are Kite's dump (CSV) and Upstox's (JSON), gzipped or not, told apart by their content.
"""

import csv
import gzip
import io
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import IST

GZIP_MAGIC = b"\x1f\x8b"
KITE = ("tradingsymbol", "expiry", "strike", "tick_size", "lot_size", "segment")
UPSTOX = ("instrument_key", "instrument_type", "expiry", "strike_price", "lot_size")
OPTIONS = ("CE", "PE")
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


class InstrumentList(NamedTuple):
    """What a list has; `unread` counts its options that could not be understood."""

    source: str
    contracts: list[Listed]
    unread: int


class UnreadError(ValueError):
    """An option of which something is missing or wrong."""


def read_list(path: str) -> InstrumentList:
    """The list in a file; a FeedError names the file and says what to do."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        return list_of(gzip.decompress(data) if data[:2] == GZIP_MAGIC else data)
    except FeedError as error:
        raise FeedError(f"{path}: {error}") from error
    except FileNotFoundError:
        raise FeedError(f"no such file: {path}; give a list of instruments") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise FeedError(f"cannot read {path}: {reason}; fetch it again") from error


def list_of(data: bytes) -> InstrumentList:
    """The list that these bytes are."""
    text = data.decode("utf-8-sig", "backslashreplace")
    if text.lstrip()[:1] in ("[", "{"):
        return gathered("upstox", upstox_rows(text), upstox_contract)
    return gathered("kite", kite_rows(text), kite_contract)


def gathered(
    source: str, rows: Iterable[Mapping[str, Any]], contract: Any
) -> InstrumentList:
    """The strikes of calls and puts, each once; futures and shares are left out."""
    found: dict[tuple[str, str, date, float], Listed] = {}
    unread = 0
    for row in rows:
        if row.get("instrument_type") not in OPTIONS:
            continue
        try:
            listed: Listed = contract(row)
        except (ValueError, TypeError, OverflowError, KeyError):
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
    return Listed(
        kite_symbol(row, strike),
        exchange_of(row["segment"].partition("-")[0]),
        date.fromisoformat(row["expiry"]),
        strike,
        whole(row["lot_size"]),
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
    options = [row for row in rows if row.get("instrument_type") in OPTIONS]
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
