"""analytics.cumulative_oi: who writes more, by hand and against NumPy."""

from datetime import date
from typing import Any

import numpy as np

from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    Quote,
    ask,
    ist,
    known,
    refuses,
    shown,
)
from tests.support.seeds import seeds
from tests.support.tape import LEGS, WIDTHS, WINDOWS, running, two_tapes


def quote(time: str, strike: float, call: float | None, put: float | None) -> Quote:
    return Quote(time, strike, {"oi": call}, {"oi": put})


def test_changes_of_all_strikes_add_up(store: Store) -> None:
    """Also where a strike is not quoted in a bucket: its earlier change stays in the sum."""
    connection = shown(
        store,
        quote("09:15:00", 24_500, 100, 100),
        quote("09:15:00", 24_600, 100, 100),
        quote("09:17:00", 24_500, 130, 160),
        quote("09:20:00", 24_600, 150, 90),
        quote("09:26:00", 24_500, 120, 165),
        quote("09:26:00", 24_600, 160, 190),
    )
    rows = ask(connection, "cumulative_oi", expiry=EXPIRY)
    assert [tuple(row.values()) for row in rows] == [
        (EXPIRY, ist("09:15:00"), 30, 60, 30, 60, 30),
        (EXPIRY, ist("09:20:00"), 50, -10, 80, 50, -30),
        (EXPIRY, ist("09:25:00"), 0, 105, 80, 155, 75),
    ]


def test_unknown_is_left_out_and_the_net_needs_both(store: Store) -> None:
    connection = shown(
        store,
        quote("09:15:00", 24_600, None, 75),
        quote("09:20:00", 24_600, 75, None),
        quote("09:25:00", 24_600, 150, None),
    )
    rows = ask(connection, "cumulative_oi")
    assert [tuple(row.values())[2:] for row in rows] == [
        (None, 0, None, 0, None),
        (0, None, 0, 0, 0),
        (75, None, 75, 0, -75),
    ]


@seeds(2)
def test_random_sessions(store: Store, seed: int) -> None:
    tapes = two_tapes(seed)
    connection = shown(store, *(quote for tape in tapes for quote in tape.quotes()))
    for timeframe in WIDTHS:
        for window, first, end in WINDOWS:
            expected = [
                row
                for tape in tapes
                for row in line(
                    tape.expiry,
                    tape.bars(timeframe),
                    first,
                    end,
                )
            ]
            assert expected
            found = ask(connection, "cumulative_oi", timeframe=timeframe, **window)
            assert found == expected


def line(expiry: date, bars: Any, first: Any, end: Any) -> list[dict[str, Any]]:
    """The rows of one expiry, from its bars."""
    times = sorted({time for time, _ in bars if first <= time < end})
    rows: list[dict[str, Any]] = [
        {"expiry": expiry, "bucket_time": time} for time in times
    ]
    sums = {}
    for place, leg in enumerate(LEGS):
        changes = []
        for time in times:
            mine = np.array([bars[at][place].oi_change for at in bars if at[0] == time])
            changes.append(np.nan if np.isnan(mine).all() else float(np.nansum(mine)))
        sums[leg] = list(running(changes))
        for row, change, total in zip(rows, changes, sums[leg], strict=True):
            row[f"{leg}_oi_change"] = known(change)
            row[f"{leg}_oi_change_running"] = known(total)
    for row, call, put in zip(rows, sums["call"], sums["put"], strict=True):
        row["net_oi_change_running"] = known(put - call)
    return rows


def test_what_is_not_known_is_refused(store: Store) -> None:
    connection = shown(store, quote("10:00:00", 24_600, 75, 75))
    refuses(connection, "cumulative_oi", "unknown_symbol", "NIFTY", symbol="NIFT")
    refuses(connection, "cumulative_oi", "unknown_expiry", str(EXPIRY), expiry=LATER)
    refuses(connection, "cumulative_oi", "unknown_timeframe", "1d", timeframe="2h")


def test_without_quotes_there_is_no_row(store: Store) -> None:
    assert ask(store.connection, "cumulative_oi") == []
