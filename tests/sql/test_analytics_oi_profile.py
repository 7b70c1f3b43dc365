"""analytics.oi_profile: shares, running sums and levels, by hand and against NumPy."""

from datetime import date

import numpy as np
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    Quote,
    ask,
    column,
    ist,
    known,
    refuses,
    shown,
)


def quote(
    strike: float,
    call: float | None,
    put: float | None,
    underlying: float | None = 24_610.0,
    expiry: date = EXPIRY,
) -> Quote:
    """A strike by its two open interests."""
    legs = ({"ltp": 10.0, "oi": oi} for oi in (call, put))
    return Quote("10:00:00", strike, *legs, underlying=underlying, expiry=expiry)


def test_profile_of_three_strikes(store: Store) -> None:
    connection = shown(
        store,
        quote(24_550, 100, 600),
        quote(24_600, 200, 300),
        quote(24_650, 700, 100),
    )
    low, middle, high = ask(connection, "oi_profile", expiry=EXPIRY)
    assert middle == {
        "expiry": EXPIRY,
        "strike": 24_600,
        "distance": -10,
        "call_oi": 200,
        "put_oi": 300,
        "net_oi": 100,
        "call_oi_share": 0.2,
        "put_oi_share": 0.3,
        "call_oi_cumulative": 300,
        "put_oi_cumulative": 400,
        "is_support": False,
        "is_resistance": False,
    }
    assert (low["call_oi_cumulative"], low["put_oi_cumulative"]) == (100, 1_000)
    assert (high["call_oi_cumulative"], high["put_oi_cumulative"]) == (1_000, 100)
    assert (low["is_support"], low["is_resistance"]) == (True, False)
    assert (high["is_support"], high["is_resistance"]) == (False, True)


def test_unknown_leg_has_no_share_and_no_difference(store: Store) -> None:
    """It is left out of the sums, which are unknown until something is known."""
    connection = shown(
        store,
        quote(24_550, None, 300),
        quote(24_600, 75, None),
        quote(24_650, None, None),
    )
    low, middle, high = ask(connection, "oi_profile")
    assert (low["net_oi"], middle["net_oi"], high["net_oi"]) == (None, None, None)
    assert (low["call_oi_share"], middle["call_oi_share"]) == (None, 1)
    sums = [row["call_oi_cumulative"] for row in (low, middle, high)]
    assert sums == [None, 75, 75]
    assert [row["put_oi_cumulative"] for row in (low, middle, high)] == [
        300,
        None,
        None,
    ]


def test_without_open_interest_nothing_is_divided(store: Store) -> None:
    [row] = ask(shown(store, quote(24_600, 0, 0)), "oi_profile")
    assert (row["call_oi"], row["net_oi"], row["call_oi_cumulative"]) == (0, 0, 0)
    unknown = ("call_oi_share", "put_oi_share", "is_support", "is_resistance")
    assert {row[name] for name in unknown} == {None}


def test_without_underlying_there_is_no_distance(store: Store) -> None:
    [row] = ask(shown(store, quote(24_600, 75, 75, None)), "oi_profile")
    assert {row[name] for name in ("distance", "is_support", "is_resistance")} == {None}
    assert row["put_oi_share"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_random_chains(store: Store, seed: int) -> None:
    random = np.random.default_rng(seed)
    quotes, legs = [], {}
    for expiry in (EXPIRY, LATER):
        strikes = np.sort(random.choice(np.arange(2e4, 2.9e4, 50), 40, replace=False))
        oi = 75.0 * random.integers(0, 90_000, (2, 40))
        oi[random.random((2, 40)) < 0.2] = np.nan
        legs[expiry] = strikes, *oi
        quotes += [
            quote(strike, known(call), known(put), 24_610.0, expiry)
            for strike, call, put in zip(*legs[expiry], strict=True)
        ]
    connection = shown(store, *quotes)
    for at in (None, ist("12:00:00")):
        rows = ask(connection, "oi_profile", at=at)
        for expiry, level in zip(
            legs, ask(connection, "oi_levels", at=at), strict=True
        ):
            mine = [row for row in rows if row["expiry"] == expiry]
            strikes, call, put = legs[expiry]
            expected = {
                "strike": strikes,
                "distance": strikes - 24_610,
                "call_oi": call,
                "put_oi": put,
                "net_oi": put - call,
                "call_oi_share": call / np.nansum(call),
                "put_oi_share": put / np.nansum(put),
                "call_oi_cumulative": running(call),
                "put_oi_cumulative": running(put[::-1])[::-1],
                "is_support": strikes == level["support"],
                "is_resistance": strikes == level["resistance"],
            }
            for name, figures in expected.items():
                np.testing.assert_allclose(
                    column(mine, name), figures, 1e-12, err_msg=name
                )
            assert np.nansum(column(mine, "call_oi_share")) == pytest.approx(1)
        assert len(rows) == 80


def running(oi: np.ndarray) -> np.ndarray:
    """What is known so far, added up; NaN before there is anything."""
    sums = np.nancumsum(oi)
    sums[: int(np.argmax(~np.isnan(oi)))] = np.nan
    return sums


def test_before_the_first_quote_there_is_none(store: Store) -> None:
    connection = shown(store, quote(24_600, 75, 75))
    assert ask(connection, "oi_profile", at=ist("09:30:00")) == []


def test_what_is_not_known_is_refused(store: Store) -> None:
    connection = shown(store, quote(24_600, 75, 75))
    refuses(connection, "oi_profile", "unknown_symbol", "NIFTY", symbol="NIFT")
    refuses(connection, "oi_profile", "unknown_expiry", str(EXPIRY), expiry=LATER)
