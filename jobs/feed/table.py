"""Rows of any table as quotes, by a column map."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow, Parsed, SymbolCodes
from pgstrike.jobs.feed.cells import Cells, numbers, text_of
from pgstrike.jobs.feed.column_map import ColumnMap
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.lots import Lots, lot_wanted, lots_of_rows
from pgstrike.jobs.feed.moments import read_day, read_time
from pgstrike.jobs.feed.nse_csv import whole
from pgstrike.jobs.feed.percent import decimals
from pgstrike.jobs.feed.table_columns import Bad, contracts, integers, place_of, sides
from pgstrike.jobs.quote import LEG_FLOATS, LEGS, UNKNOWN, unknown_quotes

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

QUANTITIES = ("bid_qty", "ask_qty", "volume", "oi", "prev_oi")


class TableParser:
    """Turns the columns of a table into quotes; `what` names the table in messages."""

    def __init__(
        self,
        header: Sequence[str],
        by: ColumnMap,
        facts: Facts,
        lots: Lots,
        codes: SymbolCodes,
        what: str = "the file",
    ) -> None:
        self.codes = codes
        self._map = by
        self._facts = facts._replace(symbol=facts.symbol or by.symbol)
        self._lots = lots
        self._places = {
            name: place_of(column, header) for name, column in by.columns.items()
        }
        self._demand(what)
        self._readers: dict[str, Callable[[object], int]] = {
            "quote_time": self._time_reader("quote_time"),
            "exchange_time": self._time_reader("exchange_time"),
            "expiry": lambda cell: read_day(cell, by.forms.get("expiry")),
            "symbol": lambda cell: codes[text_of(cell)],
        }

    def _demand(self, what: str) -> None:
        """Refuse a file at once that lacks a column which no option gives either."""
        said = self._map.contract.pattern.groupindex if self._map.contract else ()
        have = {*self._places, *said}
        names = [name for name in ("symbol", "expiry") if name not in have]
        if not {"quote_time", "exchange_time"} & have:
            names.append("read_at")
        self._facts.demand(what, *names)
        if "strike" not in have:
            raise FeedError(
                "the map names no column for the strike; add strike = '...'"
            )
        if self._map.is_by_leg and "side" not in have:
            raise FeedError("the map does not say which leg a row is; add side = '...'")
        if self._map.in_lots and not self._lots:
            raise FeedError("OI or volume is in lots here; say how large, with --lot N")

    def _time_reader(self, name: str) -> Callable[[object], int]:
        form, zone = self._map.forms.get(name), self._map.zone
        return lambda cell: read_time(cell, zone, form)

    def quotes(self, columns: Sequence[Cells], lines: list[bytes], bad: Bad) -> Parsed:
        """The quotes of these rows; `bad` has those that are known to be none.

        Rows without a number for a strike are passed over: footers, and repeated headers.
        """
        cells = {name: columns[place] for name, place in self._places.items()}
        if self._map.contract:
            cells |= contracts(cells["contract"], self._map.contract)
        footers: Bad = {}
        strike = numbers("strike", cells["strike"], footers)
        passed = np.isnan(strike)
        rows = unknown_quotes(len(lines))
        rows["strike"] = strike
        self._fill_row(rows, cells, passed, bad)
        lots = self._fill_legs(rows, cells, passed, bad)
        if self._map.in_lots:
            for place in np.flatnonzero((lots == 0) & ~passed).tolist():
                symbol = tuple(self.codes)[rows["symbol"][place]]
                wanted = lot_wanted(symbol, int(rows["expiry"][place]))
                bad.setdefault(place, BadRow("no_lot", wanted))
        return self._sorted_out(rows, lines, passed, bad)

    def _fill_row(
        self,
        rows: npt.NDArray[np.void],
        cells: dict[str, Cells],
        passed: npt.NDArray[np.bool_],
        bad: Bad,
    ) -> None:
        facts = self._facts
        constants = {
            "quote_time": facts.read_at,
            "exchange_time": UNKNOWN,
            "expiry": facts.expiry,
            "symbol": None if facts.symbol is None else self.codes[facts.symbol],
        }
        for name, constant in constants.items():
            if name in cells:
                unknown = UNKNOWN if name == "exchange_time" else None
                read = self._readers[name]
                rows[name] = integers(name, cells[name], read, unknown, passed, bad)
            elif constant is not None:
                rows[name] = constant
        if "quote_time" not in cells and facts.read_at is None:
            rows["quote_time"] = rows["exchange_time"]
        for name in ("underlying", "forward"):
            if name in cells:
                rows[name] = numbers(name, cells[name], bad)

    def _fill_legs(
        self,
        rows: npt.NDArray[np.void],
        cells: dict[str, Cells],
        passed: npt.NDArray[np.bool_],
        bad: Bad,
    ) -> Integers:
        """Fill the legs' figures; returns the lot of each row, 0 where it is not known."""
        lots = np.zeros(len(rows), np.int64)
        if self._map.in_lots:
            right = np.array([p not in bad for p in range(len(rows))], bool) & ~passed
            lots[right] = lots_of_rows(self._lots, rows[right], tuple(self.codes))
        if not self._map.is_by_leg:
            for leg in LEGS:
                self._fill_leg(rows, cells, leg, f"{leg}_", lots, None, bad)
            return lots
        side = sides(cells["side"], passed, bad)
        for code, leg in enumerate(LEGS):
            self._fill_leg(rows, cells, leg, "", lots, side == code, bad)
        return lots

    def _fill_leg(
        self,
        rows: npt.NDArray[np.void],
        cells: dict[str, Cells],
        leg: str,
        prefix: str,
        lots: Integers,
        mask: npt.NDArray[np.bool_] | None,
        bad: Bad,
    ) -> None:
        where = slice(None) if mask is None else mask
        found = {
            name: numbers(prefix + name, cells[prefix + name], bad)
            for name in (*LEG_FLOATS, *QUANTITIES, "oi_change")
            if prefix + name in cells
        }
        if "iv" in found and self._map.iv_is_percent:
            found["iv"] = decimals(found["iv"])
        for name in LEG_FLOATS:
            if name in found:
                rows[f"{leg}_{name}"][where] = found[name][where]
        for name in QUANTITIES:
            if name in found:
                counted = whole(found[name] * self._factor(name, lots))
                rows[f"{leg}_{name}"][where] = counted[where]
        if {"oi", "oi_change"} <= {*found}:
            before = found["oi"] * self._factor("oi", lots)
            before -= found["oi_change"] * self._factor("oi_change", lots)
            counted = np.where(before < -0.5, UNKNOWN, whole(before))
            rows[f"{leg}_prev_oi"][where] = counted[where]

    def _factor(self, name: str, lots: Integers) -> Integers | float:
        like_oi = name in ("prev_oi", "oi_change") and name not in self._map.units
        unit = self._map.units.get("oi" if like_oi else name, 1.0)
        return lots if unit is None else unit

    def _sorted_out(
        self,
        rows: npt.NDArray[np.void],
        lines: list[bytes],
        passed: npt.NDArray[np.bool_],
        bad: Bad,
    ) -> Parsed:
        wrong = [place for place in sorted(bad) if not passed[place]]
        if not wrong and not passed.any():
            return Parsed(rows, lines, [])
        right = ~passed
        right[wrong] = False
        kept = np.flatnonzero(right).tolist()
        rejects = [bad[place].reject(lines[place]) for place in wrong]
        counts = {"no_strike": int(passed.sum())} if passed.any() else {}
        return Parsed(rows[kept], [lines[place] for place in kept], rejects, counts)
