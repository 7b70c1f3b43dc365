"""Dhan's list of instruments (its detailed scrip master, CSV): options and underlyings."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.moments import read_day
from pgstrike.jobs.live.plugin import Contract

NEEDED = (
    "EXCH_ID",
    "SEGMENT",
    "SECURITY_ID",
    "INSTRUMENT",
    "UNDERLYING_SYMBOL",
    "LOT_SIZE",
    "SM_EXPIRY_DATE",
    "STRIKE_PRICE",
    "OPTION_TYPE",
    "TICK_SIZE",
)
OPTION_SEGMENTS = {("NSE", "D"): "NSE_FNO", ("BSE", "D"): "BSE_FNO"}
LEGS = {"CE": "call", "PE": "put"}
CENT = 0.01  # indices and shares


class Listed(NamedTuple):
    """An instrument, and the smallest step of its price."""

    contract: Contract
    tick: float


class Master(NamedTuple):
    """The options of some symbols, and the instrument that each symbol's price is of."""

    options: list[Listed]
    underlyings: Mapping[str, str]  # symbol to key
    unread: int


def master_of(data: bytes, symbols: Collection[str]) -> Master:
    """Read the list. FeedError where it is no such list, or lacks a symbol."""
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace")))
    missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
    if missing:
        raise FeedError(f"Dhan's list of instruments has no column {missing[0]}")
    options, underlyings, unread = list[Listed](), dict[str, str](), 0
    for row in rows:
        symbol = row["UNDERLYING_SYMBOL"]
        if symbol not in symbols:
            continue
        key = underlying_key(row)
        if key:
            underlyings.setdefault(symbol, key)
        elif row["OPTION_TYPE"] in LEGS:
            try:
                options += option_of(row)
            except (ValueError, BadRow):
                unread += 1
    known = {each.contract.symbol for each in options}
    absent = [symbol for symbol in symbols if symbol not in known]
    if absent:
        raise FeedError(
            f"Dhan lists no options of {', '.join(absent)} on NSE or BSE; "
            "name others, as NIFTY"
        )
    return Master(options, underlyings, unread)


def underlying_key(row: Mapping[str, str]) -> str | None:
    """The key of an index or a share; an index goes by its own id and not its options'."""
    match row["SEGMENT"], row["INSTRUMENT"]:
        case "I", "INDEX":
            return f"IDX_I:{row['SECURITY_ID']}"
        case "E", "EQUITY" if row["EXCH_ID"] in ("NSE", "BSE"):
            return f"{row['EXCH_ID']}_EQ:{row['SECURITY_ID']}"
    return None


def option_of(row: Mapping[str, str]) -> Iterator[Listed]:
    """The option of a row, unless it is of another exchange."""
    segment = OPTION_SEGMENTS.get((row["EXCH_ID"], row["SEGMENT"]))
    if segment is None:
        return
    # TICK_SIZE of options is in paise; rows of some lists have rupees.
    step = float(row["TICK_SIZE"])
    tick = step / 100 if step >= 1 else step
    lot, strike = int(float(row["LOT_SIZE"])), float(row["STRIKE_PRICE"])
    if not (tick > 0 and lot > 0 and strike > 0):
        raise ValueError("a term that is not above zero")
    yield Listed(
        Contract(
            f"{segment}:{int(row['SECURITY_ID'])}",
            row["UNDERLYING_SYMBOL"],
            "call" if row["OPTION_TYPE"] == "CE" else "put",
            read_day(row["SM_EXPIRY_DATE"][:10]),
            strike,
            lot,
        ),
        tick,
    )
