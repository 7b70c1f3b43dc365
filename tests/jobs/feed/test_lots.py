"""Lots: one symbol's, the first symbol's, and those of an expiry at a time."""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.lots import lots_of_feed, lots_of_rows
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.quote import unknown_quotes
from tests.support.feeds import csv_bytes, csv_row, joined, leg

Integers = npt.NDArray[np.int64]


class Terms:
    """75 until an expiry, 65 after it, and nothing of one."""

    def __bool__(self) -> bool:
        return True

    def of_file(self) -> "Terms":
        return self

    def lot_of(self, symbol: str, expiry: int, time: int) -> int | None:
        known = {"2025-12-30": 75, "2026-01-27": 65}
        return known.get(calendar_day(expiry).isoformat())

    def lots_of(
        self,
        symbols: Sequence[str],
        codes: npt.NDArray[np.int16],
        expiries: npt.NDArray[np.int32],
        times: Integers,
    ) -> Integers:
        return np.array([self.lot_of("", day, 0) or 0 for day in expiries.tolist()])


def rows(*codes: int) -> npt.NDArray[np.void]:
    found = unknown_quotes(len(codes))
    found["symbol"] = codes
    return found


def test_no_option_is_no_lot() -> None:
    assert lots_of_rows(lots_of_feed({}), rows(0), ("NIFTY",)).tolist() == [0]


def test_number_is_of_the_symbol_that_comes_first() -> None:
    lots, symbols = lots_of_feed(75), ("BANKNIFTY", "NIFTY")
    assert lots_of_rows(lots, rows(1, 0, 1), symbols).tolist() == [75, 0, 75]
    assert lots_of_rows(lots, rows(0, 1), symbols).tolist() == [0, 75]


def test_symbols_have_their_own() -> None:
    lots = lots_of_feed({"NIFTY": 75, "BANKNIFTY": 35})
    symbols = ("BANKNIFTY", "NIFTY", "SENSEX")
    assert lots_of_rows(lots, rows(0, 1, 2, 0), symbols).tolist() == [35, 75, 0, 35]


def test_each_expiry_is_multiplied_by_its_own() -> None:
    days = ["30-Dec-2025", "27-Jan-2026", "24-Feb-2026"]
    lines = [csv_row({"Expiry_Date": day, "CALLS_OI": "1000"}) for day in days]
    batch = joined(read_nse_csv(io.BytesIO(csv_bytes(*lines)), Terms()))
    assert [leg(batch, "call", row)["oi"] for row in (0, 1)] == [75_000, 65_000]
    [reject] = batch.rejects
    assert (reject.reason, reject.row) == ("no_lot", lines[2])
    assert "--lot NIFTY:2026-02-24=N" in reject.detail
