"""What one cell of NSE's website CSV says; a blank or `-` says nothing."""

import csv
import functools
import math
from datetime import datetime

from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.lines import MAX_LINE
from pgstrike.jobs.feed.times import IST, days, microseconds
from pgstrike.jobs.quote import UNKNOWN

BLANK = ("", "-")


def cells_of(line: bytes) -> list[str]:
    """The cells of one line."""
    if len(line) > MAX_LINE:
        raise BadRow("too_long", f"longer than {MAX_LINE:,} bytes")
    try:
        return next(csv.reader([line.decode()], strict=True), [])
    except UnicodeDecodeError as error:
        raise BadRow("malformed", f"not UTF-8: {error.reason}") from error
    except csv.Error as error:
        raise BadRow("malformed", f"not CSV: {error}") from error


def figure(column: str, cell: str) -> float:
    """A cell's number; NaN where it is blank."""
    text = cell.strip()
    if text in BLANK:
        return math.nan
    try:
        value = float(text.replace("_", "?"))  # float() would take 1_000
    except ValueError:
        raise BadRow("malformed", f"{column} is no number: {text[:40]!r}") from None
    if math.isfinite(value):
        return value
    reason = "out_of_range" if text[-1].isdigit() else "not_a_number"
    raise BadRow(reason, f"{column} is {text[:40]}")


@functools.lru_cache(maxsize=4096)
def quote_time(cell: str) -> int:
    """When the page was read, as `20250829_092438` in IST."""
    return indian_time(cell, "%Y%m%d_%H%M%S")


@functools.lru_cache(maxsize=4096)
def exchange_time(cell: str) -> int:
    """NSE's own stamp, as `29-Aug-2025 09:23:22` in IST; UNKNOWN where it is blank."""
    return UNKNOWN if cell.strip() in BLANK else indian_time(cell, "%d-%b-%Y %H:%M:%S")


@functools.lru_cache(maxsize=4096)
def expiry(cell: str) -> int:
    """An expiry day, as `02-Sep-2025`."""
    return days(moment(cell, "%d-%b-%Y").date())


def indian_time(cell: str, form: str) -> int:
    """An instant that is written in IST, without saying so."""
    return microseconds(moment(cell, form).replace(tzinfo=IST))


def moment(cell: str, form: str) -> datetime:
    """What the cell says in exactly that form: strptime alone would take `2025829`."""
    try:
        read = datetime.strptime(cell, form)
    except ValueError:
        read = None
    if read is None or read.strftime(form).lower() != cell.lower():
        raise BadRow("malformed", f"no time of the form {form}: {cell[:40]!r}")
    return read
