"""The recorded sessions through the CSV feed: as the oracle has them, and as odd."""

import functools
from datetime import date

import numpy as np
import numpy.typing as npt
import pytest

from pgstrike.jobs.feed.files import open_feed
from pgstrike.jobs.feed.times import days
from pgstrike.jobs.quote import QuoteBatch
from tests.support.feeds import LOTS, floats, joined, oracle, recorded, utc

FIGURES = [
    f"{leg}_{name}"
    for leg in ("call", "put")
    for name in ("ltp", "bid", "ask", "iv", "oi", "volume")
]
MINUTE = 60_000_000


@functools.cache
def session(symbol: str) -> QuoteBatch:
    """A recorded file, read once; nothing in it is ever rejected."""
    path = recorded(f"nse-{symbol.lower()}-2025-08-29.csv.gz")
    batch = joined(open_feed(str(path), LOTS))
    assert batch.rejects == []
    assert batch.symbols == (symbol,)
    return batch


@pytest.mark.parametrize("symbol", ["NIFTY", "BANKNIFTY"])
def test_recorded_session_is_as_the_oracle_reads_it(symbol: str) -> None:
    rows = np.sort(session(symbol).rows, order=["quote_time", "expiry", "strike"])
    path = recorded(f"nse-{symbol.lower()}-2025-08-29.csv.gz")
    expected = oracle().read_nse_csv(path, LOTS[symbol])
    assert len(rows) == len(expected)
    times = expected.quote_time.dt.tz_localize(None).to_numpy("datetime64[us]")
    epoch = np.datetime64("2000-01-01", "us")
    assert np.array_equal(rows["quote_time"], (times - epoch).astype(np.int64))
    assert rows["expiry"].tolist() == expected.expiry.map(days).tolist()
    assert np.array_equal(rows["strike"], expected.strike.to_numpy())
    for name in FIGURES:
        actual, wanted = floats(rows[name]), expected[name].to_numpy(np.float64)
        if name.endswith("_iv"):  # a hundredth as the market would write it
            wanted = np.round(wanted, 12)
        assert np.array_equal(actual, wanted, equal_nan=True), name


def test_missing_iv_is_unknown_in_half_of_the_calls() -> None:
    assert 0.53 < np.isnan(session("NIFTY").rows["call_iv"]).mean() < 0.55


def test_drop_out_of_a_busy_call_is_one_snapshot_of_unknown_or_zero() -> None:
    rows = session("NIFTY").rows
    contract = rows[
        (rows["strike"] == 24_650) & (rows["expiry"] == days(date(2025, 9, 2)))
    ]
    at = int(np.flatnonzero(contract["quote_time"] == utc("2025-08-29T04:05:13"))[0])
    volume = floats(contract["call_volume"][at - 1 : at + 2])
    assert volume[[0, 2]].tolist() == [236_846 * 75, 267_250 * 75]
    assert not volume[1] > 0


def test_hole_in_the_morning_stays_a_hole() -> None:
    times = np.unique(session("NIFTY").rows["quote_time"])
    before, after = utc("2025-08-29T04:46:18"), utc("2025-08-29T05:05:10")
    assert {before, after} <= set(times.tolist())
    assert not ((times > before) & (times < after)).any()


def test_first_nine_minutes_are_missing() -> None:
    times = session("NIFTY").rows["quote_time"]
    today = times[times > utc("2025-08-29T00:00:00")]
    assert 9 * MINUTE < today.min() - utc("2025-08-29T03:45:00") < 10 * MINUTE


def lags(symbol: str) -> npt.NDArray[np.int64]:
    """By snapshot of the day: quote_time and exchange_time."""
    rows = session(symbol).rows
    today = rows[rows["quote_time"] > utc("2025-08-29T00:00:00")]
    _, first = np.unique(today["quote_time"], return_index=True)
    return np.stack([today[first]["quote_time"], today[first]["exchange_time"]])


def test_exchange_time_that_lags_or_repeats_is_kept() -> None:
    read, stamped = lags("NIFTY")
    assert 60 < np.median(read - stamped) / 1e6 < 80
    assert (np.diff(stamped) == 0).sum() == 14


def test_exchange_time_once_ahead_is_kept() -> None:
    read, stamped = lags("BANKNIFTY")
    assert (read - stamped)[stamped > read].tolist() == [-51_000_000]


def test_stale_holiday_snapshots_are_kept() -> None:
    rows = session("NIFTY").rows
    holiday = rows[rows["quote_time"] < utc("2025-08-28T00:00:00")]
    assert len(np.unique(holiday["quote_time"])) == 7
    assert set(holiday["exchange_time"].tolist()) == {utc("2025-08-26T10:00:00")}


def test_open_interest_of_fractional_lots_is_whole_units() -> None:
    batch = session("BANKNIFTY")
    in_lots = np.array([float(text.split(",")[3]) for text in batch.raw])
    units = floats(batch.rows["call_oi"])
    fractional = in_lots != np.rint(in_lots)
    assert fractional.sum() > 1_000
    assert np.abs(in_lots * 35 - units)[fractional].max() < 1e-6
