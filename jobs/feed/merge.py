"""A feed that sends one strike or one leg at a time, as snapshots on a grid."""

from collections.abc import Callable, Iterable, Iterator
from time import monotonic

import numpy as np

from pgstrike.jobs.feed.batches import SymbolCodes
from pgstrike.jobs.feed.ndjson import QuoteTexts
from pgstrike.jobs.feed.newest import (
    OF_CHAIN,
    Places,
    Rows,
    groups,
    newest_known,
)
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.quote import (
    LEG_FLOATS,
    LEG_INTS,
    LEGS,
    NO_COUNTS,
    QUOTE,
    UNKNOWN,
    QuoteBatch,
    is_known,
)

KEPT = 60 * SECOND  # how long a leg keeps its figures without a message

CONTRACT = ("expiry", "strike")
FIELDS = (*LEG_FLOATS, *LEG_INTS)
TIMES = {leg: f"{leg}_time" for leg in LEGS}
STATE = np.dtype([*QUOTE.descr, *((name, np.int64) for name in TIMES.values())])


def merged_on_grid(
    batches: Iterable[QuoteBatch],
    grid: int,
    codes: SymbolCodes,
    now: Callable[[], float] = monotonic,
) -> Iterator[QuoteBatch]:
    """The rows of each cell of so many microseconds as one snapshot of each symbol.

    Its quote_time is that of its last row. A cell is given on when a row of another comes,
    when the source was silent for as long as a cell lasts, or at the end. `codes` gets the
    symbols.
    """
    merger = Merger(grid, codes)
    came = now()
    for batch in batches:
        if len(batch.rows):
            came = now()
            yield from merger.add(batch)
        elif now() - came >= grid / SECOND:
            yield from merger.flush()
        # Rejects, and the mark of an idle source, are passed on at once.
        yield batch._replace(rows=batch.rows[:0], raw=[])
    yield from merger.flush()


class Merger:
    """The cell of each symbol that is not yet over, and its legs as they were before."""

    def __init__(self, grid: int, codes: SymbolCodes) -> None:
        self._grid = grid
        self._codes = codes
        self._cells: dict[str, list[Rows]] = {}
        self._before: dict[str, Rows] = {}
        self._like: QuoteBatch | None = None

    def add(self, batch: QuoteBatch) -> Iterator[QuoteBatch]:
        """The snapshots that these rows end."""
        self._like = batch
        for code in np.unique(batch.rows["symbol"]).tolist():
            symbol = batch.symbols[code]
            rows = batch.rows[batch.rows["symbol"] == code]
            cells = rows["quote_time"] // self._grid
            for part in np.split(rows, np.flatnonzero(cells[1:] != cells[:-1]) + 1):
                held = self._cells.get(symbol)
                if held and self._cell(held[0]) != self._cell(part):
                    yield self._end(symbol)
                self._cells.setdefault(symbol, []).append(part)

    def _cell(self, rows: Rows) -> int:
        return int(rows["quote_time"][0]) // self._grid

    def flush(self) -> Iterator[QuoteBatch]:
        """The snapshots of all cells that are not yet over."""
        for symbol in list(self._cells):
            yield self._end(symbol)

    def _end(self, symbol: str) -> QuoteBatch:
        rows = np.concatenate(self._cells.pop(symbol))
        before = self._before.get(symbol, np.empty(0, STATE))
        found, self._before[symbol] = snapshot(rows, before)
        found["symbol"] = self._codes[symbol]
        symbols = tuple(self._codes)
        texts = QuoteTexts(found, symbols)
        assert self._like is not None  # the cell is of a batch
        return self._like._replace(
            rows=found, symbols=symbols, raw=texts, rejects=[], forgotten=NO_COUNTS
        )


def snapshot(rows: Rows, before: Rows) -> tuple[Rows, Rows]:
    """The snapshot of a cell's rows, and the legs as they are after it.

    A leg without a message keeps its figures for KEPT; a chain without any is left out.
    """
    rows = rows[np.argsort(rows["quote_time"], kind="stable")]
    time = int(rows["quote_time"][-1])
    both = np.concatenate([before, cell_of(rows)])
    order, starts = groups(both, CONTRACT)
    both = both[order]
    ends = np.append(starts[1:], len(both)) - 1
    found = both[ends]  # of the cell, where it has the contract
    for leg in LEGS:
        take_leg(found, both, starts, leg, time - KEPT)
    is_alive = np.logical_or(*(found[name] != UNKNOWN for name in TIMES.values()))
    is_new = order[ends] >= len(before)
    shown = found[np.isin(found["expiry"], rows["expiry"]) & (is_new | is_alive)]
    snap = np.empty(len(shown), QUOTE)
    for name in QUOTE.names or ():
        snap[name] = shown[name]
    snap["quote_time"] = time
    snap["exchange_time"] = rows["exchange_time"].max()
    spread(snap, rows)
    return snap, found[is_alive]


def cell_of(rows: Rows) -> Rows:
    """A row for each contract, with the time of each leg's newest message."""
    order, starts = groups(rows, CONTRACT)
    rows = rows[order]
    newest = newest_known(rows, starts)
    cell = np.empty(len(newest), STATE)
    for name in QUOTE.names or ():
        cell[name] = newest[name]
    for leg, name in TIMES.items():
        is_message = np.logical_or.reduce(
            [is_known(rows[f"{leg}_{n}"]) for n in FIELDS]
        )
        when = np.where(is_message, rows["quote_time"], UNKNOWN)
        cell[name] = np.maximum.reduceat(when, starts)
    return cell


def take_leg(found: Rows, both: Rows, starts: Places, leg: str, oldest: int) -> None:
    """Give each contract its newest figures of a leg; unknown where all are too old."""
    times = both[TIMES[leg]]
    place = np.where(times >= oldest, np.arange(len(both)), -1)
    last = np.maximum.reduceat(place, starts)
    is_there = last >= 0
    for name in (*(f"{leg}_{field}" for field in FIELDS), TIMES[leg]):
        is_float = both[name].dtype.kind == "f"
        unknown = np.nan if is_float else UNKNOWN
        found[name] = np.where(is_there, both[name][last], unknown)


def spread(snap: Rows, rows: Rows) -> None:
    """Give each chain the newest underlying and forward of its messages, or none."""
    for expiry in np.unique(snap["expiry"]).tolist():
        of = rows[rows["expiry"] == expiry]
        for name in OF_CHAIN:
            known = of[name][is_known(of[name])]
            snap[name][snap["expiry"] == expiry] = known[-1] if len(known) else np.nan
