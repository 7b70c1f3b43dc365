"""analytics.oi_series: its buckets, windows and running sums, by hand and against NumPy."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.plans import plan_nodes
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    MONDAY,
    Quote,
    add,
    ask,
    ist,
    known,
    refuses,
    shown,
)
from tests.support.seeds import seeds
from tests.support.tape import LEGS, WIDTHS, WINDOWS, random_tape, running, two_tapes


def quote(time: str, call: float | None, put: float | None, **of: Any) -> Quote:
    """The two open interests of a strike, 24,600 unless another is named."""
    return Quote(time, of.pop("strike", 24_600), {"oi": call}, {"oi": put}, **of)


def test_buckets_of_one_strike(store: Store) -> None:
    """The first OI of the session is no change; the last of a bucket is its OI."""
    connection = shown(
        store,
        quote("09:16:00", 100, 500),
        quote("09:18:00", 130, 480),
        quote("09:20:00", 120, None),
        quote("09:31:00", None, 400),
    )
    rows = ask(connection, "oi_series", expiry=EXPIRY)
    figures = ("oi", "oi_change", "oi_change_running")
    names = [f"{leg}_{figure}" for leg in LEGS for figure in figures]
    assert [[row[name] for name in ("bucket_time", *names)] for row in rows] == [
        [ist("09:15:00"), 130, 30, 30, 480, -20, -20],
        [ist("09:20:00"), 120, -10, 20, None, None, -20],
        [ist("09:30:00"), None, None, 20, 400, -80, -100],
    ]
    assert {(row["expiry"], row["strike"]) for row in rows} == {(EXPIRY, 24_600)}


def test_window_begins_anew(store: Store) -> None:
    """The change of its first bucket is from the quote before; the end is left out."""
    times = ("10:00:00", "10:05:00", "10:10:00", "10:15:00")
    connection = shown(
        store, *(quote(time, 100 + 10 * n * n, 0) for n, time in enumerate(times))
    )
    window = {"from": ist("10:05:00"), "to": ist("10:15:00")}
    rows = ask(connection, "oi_series", **window)
    found = [(row["call_oi"], row["call_oi_change_running"]) for row in rows]
    assert found == [(110, 10), (140, 40)]
    assert ask(connection, "oi_series", to=ist("10:00:00")) == []


def test_newest_session_unless_a_window_is_given(store: Store) -> None:
    """What OI did overnight is in no change."""
    add(store, quote("10:00:00", 100, 0), quote("11:00:00", 150, 0))
    connection = shown(
        store,
        quote("10:00:00", 900, 0, day=MONDAY),
        quote("11:00:00", 910, 0, day=MONDAY),
    )
    rows = ask(connection, "oi_series", timeframe="1d")
    assert [(row["bucket_time"], row["call_oi_change"]) for row in rows] == [
        (ist("04:15:00", MONDAY), 10)
    ]
    rows = ask(connection, "oi_series", **{"timeframe": "1d", "from": ist("04:15:00")})
    found = [(row["call_oi"], row["call_oi_change_running"]) for row in rows]
    assert found == [(150, 50), (910, 60)]


def test_strikes_and_expiries_that_were_asked_for(store: Store) -> None:
    """Also a dead one, by its name; a strike that is not there gives no row."""
    connection = shown(
        store,
        *(
            quote("10:00:00", 75, 75, strike=strike, expiry=expiry)
            for strike in (24_500, 24_600, 24_700)
            for expiry in (EXPIRY, LATER)
        ),
        quote("10:00:00", 75, 75, day=date(2025, 9, 3), expiry=LATER),
    )

    def keys(**asked: Any) -> list[tuple[date, float]]:
        rows = ask(connection, "oi_series", **asked)
        return [(row["expiry"], row["strike"]) for row in rows]

    friday = {"from": ist("09:15:00"), "to": ist("15:30:00")}
    assert keys() == [(LATER, 24_600)]
    assert keys(strikes=[24_700.0, 24_500.0, 1.0], **friday) == [
        (LATER, 24_500),
        (LATER, 24_700),
    ]
    assert keys(expiry=EXPIRY) == []
    assert keys(expiry=EXPIRY, strikes=[24_600.0], **friday) == [(EXPIRY, 24_600)]


@seeds(2)
def test_random_sessions(store: Store, seed: int) -> None:
    """Every timeframe, over all and over a part of them."""
    tapes = two_tapes(seed)
    connection = shown(store, *(quote for tape in tapes for quote in tape.quotes()))
    for timeframe in WIDTHS:
        for window, first, end in WINDOWS:
            expected = [
                row
                for tape in tapes
                for row in series(
                    tape.expiry,
                    tape.bars(timeframe),
                    first,
                    end,
                )
            ]
            assert expected
            assert (
                ask(connection, "oi_series", timeframe=timeframe, **window) == expected
            )


def series(expiry: date, bars: Any, first: Any, end: Any) -> list[dict[str, Any]]:
    """The rows of one expiry, from its bars."""
    rows = []
    for strike in sorted({strike for _, strike in bars}):
        mine = [at for at in sorted(bars) if at[1] == strike and first <= at[0] < end]
        part: list[dict[str, Any]] = [
            {"expiry": expiry, "strike": strike, "bucket_time": at[0]} for at in mine
        ]
        for place, leg in enumerate(LEGS):
            changes = [bars[at][place].oi_change for at in mine]
            for row, at, change, sum_ in zip(
                part, mine, changes, running(changes), strict=True
            ):
                row[f"{leg}_oi"] = known(bars[at][place].oi)
                row[f"{leg}_oi_change"] = known(change)
                row[f"{leg}_oi_change_running"] = known(sum_)
        rows += part
    return rows


@pytest.mark.long
def test_plan_reads_what_it_answers(store: Store) -> None:
    """Neither other sessions, nor other strikes, nor other expiries."""
    random = np.random.default_rng(0)
    days = [date(2025, 9, day) for day in (1, 2, 3, 4, 5, 8, 9, 10)]
    for expiry in (LATER, date(2025, 10, 7)):
        tape = random_tape(random, days, quotes=60, strikes=12, expiry=expiry)
        add(store, *tape.quotes())
    connection = shown(store)
    connection.execute("ANALYZE")
    for asked, share in (("", 1), (", p_strikes => '{24600,24700}'", 6)):
        call = f"analytics.oi_series('NIFTY', '{LATER}'{asked})"
        nodes = plan_nodes(connection, f"SELECT * FROM {call}")
        scans = [
            node for node in nodes if "bucket_time >" in node.get("Index Cond", "")
        ]
        [(rows,)] = connection.execute(f"SELECT count(*) FROM {call}").fetchall()
        assert sum(node["Actual Rows"] for node in scans) == rows > 300 / share
        for node in scans:
            assert node.get("Rows Removed by Filter", 0) == 0
            for column in ("symbol", "expiry", "bucket_time"):
                assert column in node["Index Cond"]


def test_what_is_not_known_is_refused(store: Store) -> None:
    connection = shown(store, quote("10:00:00", 75, 75))
    refuses(connection, "oi_series", "unknown_symbol", "NIFTY", symbol="NIFT")
    refuses(connection, "oi_series", "unknown_expiry", str(EXPIRY), expiry=LATER)
    refuses(connection, "oi_series", "unknown_timeframe", "15min", timeframe="2min")


def test_without_quotes_there_is_no_row(store: Store) -> None:
    assert ask(store.connection, "oi_series") == []
