"""NSE's website option chain, recorded as CSV: a row is a strike, both legs."""

import contextlib
import csv
import itertools
from collections.abc import Callable, Iterator, Mapping

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
from pgstrike.jobs.feed.lot_book import LotBook, book_of
from pgstrike.jobs.feed.nse_cells import (
    cells_of,
    exchange_time,
    expiry,
    figure,
    quote_time,
)
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
WANTED = np.dtype([(name, "O" if name in TEXTS else "f8") for name in NAMES])

TOO_LARGE = 2.0**63
MAX_HEADER = 100_000  # characters: csv takes no longer cell

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def read_nse_csv(
    stream: Stream,
    lots: LotBook | Mapping[str, int] | int,
    chunk_rows: int = CHUNK_ROWS,
) -> Iterator[QuoteBatch]:
    """The quotes of an opened binary file.

    `lots` has the units per lot; a single number is that of the first symbol in the file,
    and of no other.
    """
    chunks = read_lines(stream, chunk_rows)
    first = next((chunk for chunk in chunks if chunk.lines), None)
    if first is None:
        raise FeedError("the file is empty; an NSE option chain as CSV was expected")
    parser = Parser(first.lines[0], lots)
    chunks = itertools.chain([first._replace(lines=first.lines[1:])], chunks)
    yield from read_batches(chunks, parser.parse, parser.codes)


class Parser:
    """Turns lines into quotes: a chunk at once, or row by row where that fails."""

    def __init__(self, header: bytes, lots: LotBook | Mapping[str, int] | int) -> None:
        self.codes = SymbolCodes()
        self._lots = book_of(lots).of_file()
        self._columns = columns_of(header)
        self._places = [self._columns.index(name) for name in NAMES]
        self._layout = layout(self._columns)

    def parse(self, lines: list[bytes]) -> Parsed:
        """The quotes of these lines, in order, and the rows that are none."""
        try:
            return Parsed(self._quotes(self._table(lines)), lines, [])
        except ValueError:
            return self._sift(lines)

    def _table(self, lines: list[bytes]) -> npt.NDArray[np.void]:
        """The cells of lines that have neither a blank figure nor any fault."""
        if not lines:
            return np.empty(0, WANTED)
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
        if not all(np.isfinite(table[name]).all() for name in FIGURES):
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
        return Parsed(self._quotes(np.array(records, WANTED)), kept, rejects)

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
        figures = dict(zip(FIGURES, map(figure, FIGURES, rest), strict=True))
        _ = exchange_time(stamp), self.codes[symbol]
        lot = self._lots.lot_of(symbol, expiry(day), quote_time(read))
        if lot is None:
            raise BadRow("no_lot", no_lot(symbol, day))
        check_range(figures, lot)
        return (read, stamp, symbol, day, *figures.values())

    def _quotes(self, table: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
        rows = unknown_quotes(len(table))
        rows["quote_time"] = converted(quote_time, table["collection_timestamp"])
        rows["exchange_time"] = converted(exchange_time, table["Fetch_Time"])
        rows["expiry"] = converted(expiry, table["Expiry_Date"])
        rows["strike"] = table["Strike_Price"]
        rows["symbol"] = converted(self.codes.__getitem__, table["Symbol"])
        lot = self._lots.lots_of(
            tuple(self.codes), rows["symbol"], rows["expiry"], rows["quote_time"]
        )
        if not lot.all():
            raise BadRow("no_lot", "the lot of a row is not known")
        for leg, side in SIDES.items():
            for field, name in PRICES.items():
                rows[f"{leg}_{field}"] = table[f"{side}_{name}"]
            rows[f"{leg}_iv"] /= 100
            for field, name in QUANTITIES.items():
                rows[f"{leg}_{field}"] = whole(table[f"{side}_{name}"])
            for field, name in LOTS.items():
                rows[f"{leg}_{field}"] = whole(table[f"{side}_{name}"] * lot)
        return rows


def no_lot(symbol: str, expiry: str) -> str:
    """What to do where the lot of an expiry is not known."""
    return f"no lot size is known for {symbol} {expiry}; pass --lot {symbol}=N"


def check_range(figures: Mapping[str, float], lot: int) -> None:
    """BadRow where a whole number would not fit into 64 bits."""
    for side in SIDES.values():
        for names, units in ((QUANTITIES, 1), (LOTS, lot)):
            for name in names.values():
                if abs(figures[f"{side}_{name}"] * units) >= TOO_LARGE:
                    raise BadRow("out_of_range", f"{side}_{name} exceeds 64 bits")


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


def layout(columns: list[str]) -> np.dtype[np.void]:
    """A dtype for all cells of a row; of those not needed one character is kept."""
    fields: list[tuple[str, str]] = []
    for place, name in enumerate(columns):
        wanted = name in NAMES and columns.index(name) == place
        kind = "U1" if not wanted else "O" if name in TEXTS else "f8"
        fields.append((name if wanted else f"unused {place}", kind))
    return np.dtype(fields)


def converted(convert: Callable[[str], int], column: npt.NDArray[np.void]) -> Integers:
    """What each of a column's texts stands for."""
    return np.fromiter(map(convert, column.tolist()), np.int64, len(column))


def whole(figures: Floats) -> Integers:
    """Rounded, halves to even; UNKNOWN where the figure is not known."""
    unknown = np.isnan(figures)
    if (np.abs(figures) >= TOO_LARGE).any():
        raise BadRow("out_of_range", "a figure exceeds 64 bits")
    rounded = np.rint(np.where(unknown, 0.0, figures)).astype(np.int64)
    return np.where(unknown, UNKNOWN, rounded)
