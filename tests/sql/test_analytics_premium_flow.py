"""analytics.premium_flow: volume times close in currency, by hand and against NumPy."""

from typing import Any

import numpy as np

from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    Leg,
    Quote,
    ask,
    column,
    ist,
    refuses,
    shown,
)
from tests.support.seeds import seeds
from tests.support.tape import LEGS, WIDTHS, WINDOWS, running, two_tapes


def leg(volume: float | None, ltp: float | None) -> Leg:
    return {"volume": volume, "ltp": ltp}


def test_volume_of_each_bucket_times_its_close(store: Store) -> None:
    connection = shown(
        store,
        Quote("09:15:00", 24_500, leg(75, 100.0), leg(150, 20.0)),
        Quote("09:15:00", 24_600, leg(750, 40.0), leg(0, 60.0)),
        Quote("09:19:00", 24_500, leg(225, 110.0), leg(150, 30.0)),
        Quote("09:20:00", 24_600, leg(900, 50.0), leg(75, 70.0)),
    )
    first, second = ask(connection, "premium_flow", expiry=EXPIRY)
    calls, puts = 225 * 110 + 750 * 40, 150 * 30
    assert tuple(first.values()) == (
        EXPIRY,
        ist("09:15:00"),
        *(calls, puts, calls - puts),
        *(calls, puts, calls - puts),
    )
    more_calls, more_puts = 150 * 50, 75 * 70
    assert tuple(second.values())[2:] == (
        *(more_calls, more_puts, more_calls - more_puts),
        calls + more_calls,
        puts + more_puts,
        calls + more_calls - puts - more_puts,
    )


def test_leg_without_a_price_or_a_volume_is_left_out(store: Store) -> None:
    connection = shown(
        store,
        Quote("09:15:00", 24_500, leg(75, None), leg(75, 2.0)),
        Quote("09:15:00", 24_600, leg(None, 3.0), leg(75, None)),
        Quote("09:20:00", 24_500, leg(150, 4.0), leg(75, None)),
    )
    first, second = ask(connection, "premium_flow")
    assert tuple(first.values())[2:] == (None, 150, None, None, 150, None)
    # A price of an earlier bucket does not stand for one of this.
    assert tuple(second.values())[2:] == (300, None, None, 300, 150, 150)


@seeds(2)
def test_random_sessions(store: Store, seed: int) -> None:
    tapes = two_tapes(seed)
    connection = shown(store, *(quote for tape in tapes for quote in tape.quotes()))
    for timeframe in WIDTHS:
        for window, first, end in WINDOWS:
            rows = ask(connection, "premium_flow", timeframe=timeframe, **window)
            for tape in tapes:
                mine = [row for row in rows if row["expiry"] == tape.expiry]
                expected = flow(
                    tape.bars(timeframe),
                    first,
                    end,
                )
                assert [row["bucket_time"] for row in mine] == expected.pop(
                    "bucket_time"
                )
                for name, figures in expected.items():
                    found = column(mine, name)
                    np.testing.assert_allclose(found, figures, 1e-12, err_msg=name)


def flow(bars: Any, first: Any, end: Any) -> dict[str, Any]:
    """The columns of one expiry, from its bars."""
    times = sorted({time for time, _ in bars if first <= time < end})
    found: dict[str, Any] = {"bucket_time": times}
    for place, name in enumerate(LEGS):
        premiums = []
        for time in times:
            mine = [bars[at][place] for at in bars if at[0] == time]
            traded = np.array([bar.volume * bar.close for bar in mine])
            premiums.append(np.nan if np.isnan(traded).all() else np.nansum(traded))
        found[f"{name}_premium"] = np.array(premiums)
        found[f"{name}_premium_running"] = np.array(list(running(premiums)))
    for suffix in ("", "_running"):
        call, put = (found[f"{name}_premium{suffix}"] for name in LEGS)
        found[f"net_premium{suffix}"] = call - put
    return found


def test_what_is_not_known_is_refused(store: Store) -> None:
    connection = shown(store, Quote("10:00:00", 24_600, leg(75, 1.0)))
    refuses(connection, "premium_flow", "unknown_symbol", "NIFTY", symbol="NIFT")
    refuses(connection, "premium_flow", "unknown_expiry", str(EXPIRY), expiry=LATER)
    refuses(connection, "premium_flow", "unknown_timeframe", "1h", timeframe="")


def test_without_quotes_there_is_no_row(store: Store) -> None:
    assert ask(store.connection, "premium_flow") == []
