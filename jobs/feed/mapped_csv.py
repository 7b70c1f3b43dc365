"""Any CSV by a column map; and the one that NSE's option-chain page downloads."""

import contextlib
import csv
import functools
import itertools
import os
import re
from collections.abc import Iterator, Sequence

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import (
    CHUNK_ROWS,
    BadRow,
    Parsed,
    SymbolCodes,
    read_batches,
)
from pgstrike.jobs.feed.cells import is_blank, number, text_of
from pgstrike.jobs.feed.column_map import OF_STRIKE, ColumnMap
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.lines import MAX_LINE, Stream, read_lines
from pgstrike.jobs.feed.lots import Lots
from pgstrike.jobs.feed.moments import read_day
from pgstrike.jobs.feed.table import TableParser
from pgstrike.jobs.feed.table_columns import Bad, joined_legs, place_of
from pgstrike.jobs.quote import QuoteBatch

PAGE = "NSE's option chain as its page downloads it (CSV)"
PAGE_NAME = re.compile(
    r"option-chain-(?:equity-derivatives|\w+)-(?P<symbol>.+)-(?P<expiry>\d+-[A-Za-z]{3}-\d{4})"
)
PAGE_COLUMNS = {
    "OI": "oi",
    "CHNG IN OI": "oi_change",
    "VOLUME": "volume",
    "IV": "iv",
    "LTP": "ltp",
    "BID QTY": "bid_qty",
    "BID": "bid",
    "BID PRICE": "bid",
    "ASK": "ask",
    "ASK PRICE": "ask",
    "ASK QTY": "ask_qty",
}


def read_mapped_csv(
    stream: Stream,
    by: ColumnMap | None,
    facts: Facts,
    lots: Lots,
    codes: SymbolCodes,
    chunk_rows: int = CHUNK_ROWS,
) -> Iterator[QuoteBatch]:
    """The quotes of an opened binary file; without a map, its columns have our own names."""
    chunks = read_lines(stream, chunk_rows)
    first = next((chunk for chunk in chunks if chunk.lines), None)
    skip = by.skip if by else 0
    if first is None or len(first.lines) <= skip:
        raise FeedError("the file has no header; record the feed again")
    delimiter = by.delimiter if by else ","
    header = split(first.lines[skip], delimiter)
    by = by or own_map(header)
    parser = TableParser(header, by, facts, lots, codes)
    rest = first._replace(lines=first.lines[skip + 1 :])
    parse = functools.partial(parse_lines, parser, by, header)
    join = joined_legs if by.is_by_leg else (lambda parsed: parsed)
    yield from read_batches(itertools.chain([rest], chunks), parse, codes, join)


def own_map(header: Sequence[str]) -> ColumnMap:
    """The columns that have our names, such as call_ltp."""
    names = [text_of(name) for name in header]
    return ColumnMap({name: name for name in names if name in OF_STRIKE}, zone=None)


def parse_lines(
    parser: TableParser, by: ColumnMap, header: Sequence[str], lines: list[bytes]
) -> Parsed:
    """The quotes of these lines."""
    bad: Bad = {}
    table = []
    place = place_of(by.columns["strike"], header) if "strike" in by.columns else 0
    for at, line in enumerate(lines):
        cells: list[str] = []
        try:
            cells = split(line, by.delimiter)
            if len(cells) != len(header) and has_number(cells, place):
                counted = f"{len(cells)} cells instead of {len(header)}"
                raise BadRow("malformed", counted)
        except BadRow as error:
            bad[at] = error
        table.append((cells + [""] * len(header))[: len(header)])
    columns = list(zip(*table, strict=True)) if table else [()] * len(header)
    return parser.quotes(columns, lines, bad)


def has_number(cells: list[str], place: int) -> bool:
    """Whether a row has a strike: footers have none."""
    try:
        return (
            place < len(cells)
            and not is_blank(cells[place])
            and bool(number("strike", cells[place]))
        )
    except BadRow:
        return False


def split(line: bytes, delimiter: str) -> list[str]:
    """The cells of a line."""
    if len(line) > MAX_LINE:
        raise BadRow("too_long", f"longer than {MAX_LINE:,} bytes")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:  # of Windows; figures read the same
        text = line.decode("cp1252", "replace")
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise BadRow("malformed", f"not CSV: {error}") from error


def page_map(header: Sequence[str]) -> ColumnMap:
    """The columns of NSE's page: the call's to the left of STRIKE, the put's to the right."""
    names = [text_of(name).upper() for name in header]
    strike = next(at for at, name in enumerate(names) if name.startswith("STRIKE"))
    columns: dict[str, str | int] = {"strike": strike + 1}
    for at, name in enumerate(names):
        if name in PAGE_COLUMNS:
            leg = "call" if at < strike else "put"
            columns[f"{leg}_{PAGE_COLUMNS[name]}"] = at + 1
    units: dict[str, float | None] = {"oi": None, "volume": None}
    return ColumnMap(columns, units=units, iv_is_percent=True, skip=1)


def page_facts(path: str, facts: Facts) -> Facts:
    """With what the download's name says; all that is missing is said at once."""
    found = PAGE_NAME.search(os.path.basename(path))
    if found:
        with contextlib.suppress(BadRow):
            expiry = facts.expiry or read_day(found["expiry"], "%d-%b-%Y")
            facts = facts._replace(expiry=expiry)
        facts = facts._replace(symbol=facts.symbol or found["symbol"])
    facts.demand(PAGE, "symbol", "expiry", "read_at")
    return facts
