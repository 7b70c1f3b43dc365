"""Dhan's list of instruments (its detailed scrip master, CSV)."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.instrument_list import LEGS, Listed, Option, positive, whole
from pgstrike.jobs.feed.moments import read_day
from pgstrike.jobs.feed.times import calendar_day

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
CENT = 0.01  # indices and shares


def options_of(data: bytes, symbols: Collection[str]) -> list[Option]:
    """The contracts of some symbols. Rows that cannot be understood are left out."""
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace")))
    missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
    if missing:
        raise FeedError(f"Dhan's list of instruments has no column {missing[0]}")
    options, underlyings = list[Option](), dict[str, str]()
    for row in rows:
        symbol = row["UNDERLYING_SYMBOL"]
        if symbol not in symbols:
            continue
        key = underlying_key(row)
        if key:
            underlyings.setdefault(symbol, key)
            continue
        try:
            options += option_of(row)
        except (ValueError, BadRow):
            continue
    return [
        each._replace(underlying=underlyings.get(each.listed.symbol, ""))
        for each in options
    ]


def underlying_key(row: Mapping[str, str]) -> str | None:
    """The key of an index or a share; an index goes by its own id and not its options'."""
    match row["SEGMENT"], row["INSTRUMENT"]:
        case "I", "INDEX":
            return f"IDX_I:{row['SECURITY_ID']}"
        case "E", "EQUITY" if row["EXCH_ID"] in ("NSE", "BSE"):
            return f"{row['EXCH_ID']}_EQ:{row['SECURITY_ID']}"
    return None


def option_of(row: Mapping[str, str]) -> Iterator[Option]:
    """The option of a row, unless it is another instrument, or of another exchange."""
    segment = OPTION_SEGMENTS.get((row["EXCH_ID"], row["SEGMENT"]))
    leg = LEGS.get(row["OPTION_TYPE"])
    if segment is None or leg is None:
        return
    # TICK_SIZE of options is in paise; rows of some lists have rupees.
    step = positive(row["TICK_SIZE"])
    listed = Listed(
        row["UNDERLYING_SYMBOL"],
        row["EXCH_ID"],
        calendar_day(read_day(row["SM_EXPIRY_DATE"][:10])),
        positive(row["STRIKE_PRICE"]),
        whole(row["LOT_SIZE"]),
        step / 100 if step >= 1 else step,
    )
    yield Option(listed, leg, f"{segment}:{int(row['SECURITY_ID'])}", "")
