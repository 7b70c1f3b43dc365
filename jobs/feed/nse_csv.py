"""NSE's website option chain, recorded as CSV: a row is a strike, both legs."""

import contextlib
import csv
import itertools
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import (
    CHUNK_ROWS,
    BadRow,
    Parsed,
    SymbolCodes,
    read_batches,
)
from pgstrike.jobs.feed.lines import MAX_LINE, Stream, read_lines
from pgstrike.jobs.feed.lots import Given, lot_wanted, lots_of_feed, lots_of_rows
from pgstrike.jobs.feed.nse_cells import (
    cells_of,
    exchange_time,
    expiry,
    figure,
    quote_time,
)
from pgstrike.jobs.feed.percent import decimals
from pgstrike.jobs.quote import LEGS, UNKNOWN, QuoteBatch, Reject, unknown_quotes

PRICES = {"ltp": "LTP", "bid": "Bid_Price", "ask": "Ask_Price", "iv": "IV"}
QUANTITIES = {"bid_qty": "Bid_Qty", "ask_qty": "Ask_Qty"}
LOTS = {"volume": "Volume", "oi": "OI"}
SIDES = dict(zip(LEGS, ("CALLS", "PUTS"), strict=True))

TEXTS = ("collection_timestamp", "Fetch_Time", "Symbol", "Expiry_Date")
FIGURES = (
    "Strike_Price",
    *(
        f"{side}_{name}"
        for side in SIDES.values()
        for name in (*PRICES.values(), *QUANTITIES.values(), *LOTS.values())
    ),
)
NAMES = (*TEXTS, *FIGURES)
# Since the session before, in lots; a header may lack it.
CHANGES = {leg: f"{side}_Chng_in_OI" for leg, side in SIDES.items()}

TOO_LARGE = 2.0**62
MAX_HEADER = 100_000  # characters: csv takes no longer cell

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def read_nse_csv(
    stream: Stream,
    lots: Given,
    chunk_rows: int = CHUNK_ROWS,
    codes: SymbolCodes | None = None,
) -> Iterator[QuoteBatch]:
    """The quotes of an opened binary file; a single number as `lots` is its first symbol's."""
    chunks = read_lines(stream, chunk_rows)
    first = next((chunk for chunk in chunks if chunk.lines), None)
    if first is None:
        raise FeedError("the file is empty; an NSE option chain as CSV was expected")
    parser = Parser(first.lines[0], lots, codes)
    chunks = itertools.chain([first._replace(lines=first.lines[1:])], chunks)
    yield from read_batches(chunks, parser.parse, parser.codes)


class Parser:
    """Turns lines into quotes: a chunk at once, or row by row where that fails."""

    def __init__(
        self, header: bytes, lots: Given, codes: SymbolCodes | None = None
    ) -> None:
        self.codes = SymbolCodes() if codes is None else codes
        self._lots = lots_of_feed(lots)
        self._columns = columns_of(header)
        changes = [name for name in CHANGES.values() if name in self._columns]
        self._figures = (*FIGURES, *changes)
        names = (*TEXTS, *self._figures)
        self._wanted = np.dtype([(n, "O" if n in TEXTS else "f8") for n in names])
        self._places = [self._columns.index(name) for name in names]
        self._layout = layout(self._columns, names)

    def parse(self, lines: list[bytes]) -> Parsed:
        """The quotes of these lines, in order, and the rows that are none."""
        try:
            return self._quotes(self._table(lines), lines, [])
        except ValueError:
            return self._sift(lines)

    def _table(self, lines: list[bytes]) -> npt.NDArray[np.void]:
        """The cells of lines that have neither a blank figure nor any fault."""
        if not lines:
            return np.empty(0, self._wanted)
        table = np.loadtxt(
            lines,
            self._layout,
            comments=None,
            delimiter=",",
            quotechar='"',
            encoding="utf-8",
            ndmin=1,
        )
        # An open quotation mark swallows the line's end and joins two rows.
        if len(table) != len(lines) or max(map(len, lines)) > MAX_LINE:
            raise ValueError("not a row on each line")
        if not all(np.isfinite(table[name]).all() for name in self._figures):
            raise ValueError("NaN or infinity written out")
        return table

    def _sift(self, lines: list[bytes]) -> Parsed:
        """The good rows of lines in which something is wrong or blank."""
        records: list[tuple[str | float, ...]] = []
        kept: list[bytes] = []
        rejects: list[Reject] = []
        for line in lines:
            try:
                records.append(self._record(line))
                kept.append(line)
            except BadRow as bad:
                rejects.append(bad.reject(line, self._symbol(line)))
        return self._quotes(np.array(records, self._wanted), kept, rejects)

    def _symbol(self, line: bytes) -> str | None:
        """What a line says of its symbol, if it can be read."""
        with contextlib.suppress(BadRow):
            cells = cells_of(line)
            if len(cells) == len(self._columns):
                return cells[self._columns.index("Symbol")]
        return None

    def _record(self, line: bytes) -> tuple[str | float, ...]:
        """One row of WANTED that will convert; BadRow says why it would not."""
        cells = cells_of(line)
        if len(cells) != len(self._columns):
            counted = f"{len(cells)} cells instead of {len(self._columns)}"
            raise BadRow("malformed", counted)
        read, stamp, symbol, day, *rest = [cells[place] for place in self._places]
        _ = quote_time(read), exchange_time(stamp), expiry(day), self.codes[symbol]
        return (read, stamp, symbol, day, *map(figure, self._figures, rest))

    def _quotes(
        self, table: npt.NDArray[np.void], lines: list[bytes], rejects: list[Reject]
    ) -> Parsed:
        rows = unknown_quotes(len(table))
        rows["quote_time"] = converted(quote_time, table["collection_timestamp"])
        rows["exchange_time"] = converted(exchange_time, table["Fetch_Time"])
        rows["expiry"] = converted(expiry, table["Expiry_Date"])
        rows["strike"] = table["Strike_Price"]
        rows["symbol"] = converted(self.codes.__getitem__, table["Symbol"])
        lot = lots_of_rows(self._lots, rows, tuple(self.codes))
        for leg in LEGS:
            self._fill_leg(rows, table, leg, lot)
        return with_lot(Parsed(rows, lines, rejects), lot, self.codes)

    def _fill_leg(
        self,
        rows: npt.NDArray[np.void],
        table: npt.NDArray[np.void],
        leg: str,
        lot: Integers,
    ) -> None:
        side = SIDES[leg]
        for field, name in PRICES.items():
            rows[f"{leg}_{field}"] = table[f"{side}_{name}"]
        rows[f"{leg}_iv"] = decimals(rows[f"{leg}_iv"])
        for field, name in QUANTITIES.items():
            rows[f"{leg}_{field}"] = whole(table[f"{side}_{name}"])
        for field, name in LOTS.items():
            rows[f"{leg}_{field}"] = whole(table[f"{side}_{name}"] * lot)
        if CHANGES[leg] in self._figures:
            before = whole((table[f"{side}_OI"] - table[CHANGES[leg]]) * lot)
            rows[f"{leg}_prev_oi"] = np.where(before < 0, UNKNOWN, before)


def with_lot(parsed: Parsed, lot: Integers, codes: SymbolCodes) -> Parsed:
    """The rows whose lot is known; the others become rejects that ask for it."""
    unknown = np.flatnonzero(lot == 0).tolist()
    if not unknown:
        return parsed
    symbols, rows = tuple(codes), parsed.rows
    rejects = [
        BadRow("no_lot", lot_wanted(symbol, int(rows["expiry"][at]))).reject(
            parsed.lines[at], symbol
        )
        for at in unknown
        for symbol in [symbols[rows["symbol"][at]]]
    ]
    kept = np.flatnonzero(lot).tolist()
    lines = [parsed.lines[at] for at in kept]
    return parsed._replace(
        rows=rows[kept], lines=lines, rejects=[*parsed.rejects, *rejects]
    )


def columns_of(header: bytes) -> list[str]:
    """The names in a header that has all columns we need, wherever they stand."""
    text = header.decode("utf-8-sig", "backslashreplace").strip().replace("\r", " ")
    columns = [name.strip() for name in next(csv.reader([text[:MAX_HEADER]]), [])]
    missing = [name for name in NAMES if name not in columns]
    if missing:
        some = ", ".join(missing[:4]) + (" ..." if len(missing) > 4 else "")
        raise FeedError(
            f"not an NSE option chain as CSV: the header lacks {some}; expected are "
            f"{', '.join(NAMES[:5])} and CALLS_* and PUTS_* figures, found is "
            f"{text[:60]!r}"
        )
    return columns


def layout(columns: list[str], names: tuple[str, ...]) -> np.dtype[np.void]:
    """A dtype for all cells of a row; of those not needed one character is kept."""
    fields: list[tuple[str, str]] = []
    for place, name in enumerate(columns):
        wanted = name in names and columns.index(name) == place
        kind = "U1" if not wanted else "O" if name in TEXTS else "f8"
        fields.append((name if wanted else f"unused {place}", kind))
    return np.dtype(fields)


def converted(convert: Callable[[str], int], column: npt.NDArray[np.void]) -> Integers:
    """What each of a column's texts stands for."""
    return np.fromiter(map(convert, column.tolist()), np.int64, len(column))


def whole(figures: Floats) -> Integers:
    """Rounded, halves to even; UNKNOWN where not known; the too large stay out of range."""
    unknown = np.isnan(figures)
    is_plain = not unknown.any() and (
        not len(figures) or np.abs(figures).max() < TOO_LARGE
    )
    if is_plain:
        return np.rint(figures).astype(np.int64)
    bounded = np.clip(np.where(unknown, 0.0, figures), -TOO_LARGE, TOO_LARGE)
    return np.where(unknown, UNKNOWN, np.rint(bounded).astype(np.int64))
