"""Kite's quotes as CSV: a row for each instrument and moment."""

import functools
import itertools
from collections.abc import Iterator

import numpy as np

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed import kite
from pgstrike.jobs.feed.batches import (
    CHUNK_ROWS,
    BadRow,
    Parsed,
    SymbolCodes,
    read_batches,
)
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.figures import Figures
from pgstrike.jobs.feed.lines import Stream, read_lines
from pgstrike.jobs.feed.mapped_csv import split
from pgstrike.jobs.feed.ndjson import record
from pgstrike.jobs.feed.table_columns import joined_legs
from pgstrike.jobs.quote import QUOTE, QuoteBatch, Reject

NAMES = ("tradingsymbol", "instrument", "")


def read_kite_csv(
    stream: Stream, facts: Facts, codes: SymbolCodes, chunk_rows: int = CHUNK_ROWS
) -> Iterator[QuoteBatch]:
    """The quotes of an opened binary file."""
    chunks = read_lines(stream, chunk_rows)
    first = next((chunk for chunk in chunks if chunk.lines), None)
    if first is None:
        raise FeedError("the file is empty; record the feed again")
    header = [name.strip() for name in split(first.lines[0], ",")]
    chunks = itertools.chain([first._replace(lines=first.lines[1:])], chunks)
    parse = functools.partial(parse_lines, KiteRows(header, facts), codes)
    yield from read_batches(chunks, parse, codes, joined_legs)


class KiteRows:
    """Rows as quotes; those of an index bring the underlying of the rows after it."""

    def __init__(self, header: list[str], facts: Facts) -> None:
        self.header = header
        self.facts = facts
        self.name = header.index(next(name for name in NAMES if name in header))
        self.spots: Figures = {}

    def figures(self, line: bytes) -> Figures | None:
        """The quote under pgstrike's field names; None where it is not an option."""
        cells = split(line, ",")
        if len(cells) != len(self.header):
            counted = f"{len(cells)} cells instead of {len(self.header)}"
            raise BadRow("malformed", counted)
        row = dict(zip(self.header, cells, strict=True))
        name = cells[self.name]
        spot = kite.SPOTS.get(name.rpartition(":")[2].strip())
        if spot:
            self.spots[spot] = row.get("last_price")
        quote = kite.quote_of(name, row, None, self.facts, self.spots)
        return quote.in_units(1) if quote else None


def parse_lines(rows: KiteRows, codes: SymbolCodes, lines: list[bytes]) -> Parsed:
    records: list[tuple[float, ...]] = []
    kept: list[bytes] = []
    rejects: list[Reject] = []
    others = 0
    for line in lines:
        try:
            figures = rows.figures(line)
            if figures is None:
                others += 1
                continue
            records.append(record(figures, codes))
            kept.append(line)
        except BadRow as bad:
            rejects.append(bad.reject(line))
    passed = {"no_option": others} if others else {}
    return Parsed(np.array(records, QUOTE), kept, rejects, passed)
