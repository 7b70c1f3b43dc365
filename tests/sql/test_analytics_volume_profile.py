"""analytics.volume_profile: the point of control and the value area, grown step by step."""

from datetime import date

import numpy as np
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    LATER,
    MONDAY,
    Quote,
    add,
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
    day: date = FRIDAY,
    expiry: date = EXPIRY,
) -> Quote:
    """A strike by its two volumes."""
    legs = ({"ltp": 10.0, "volume": volume} for volume in (call, put))
    return Quote("10:00:00", strike, *legs, 24_610.0, day, expiry)


def area(rows: list[dict]) -> list[float]:
    return [row["strike"] for row in rows if row["in_value_area"]]


def test_profile_of_five_strikes(store: Store) -> None:
    """30 of 100 at the control, then 20 below, 15 below that, and 10 above: 75."""
    volumes = ((5, 10), (20, 0), (10, 20), (10, 0), (0, 25))
    quotes = (
        quote(24_500 + 50 * n, call, put) for n, (call, put) in enumerate(volumes)
    )
    rows = ask(shown(store, *quotes), "volume_profile", expiry=EXPIRY)
    assert area(rows) == [24_500, 24_550, 24_600, 24_650]
    assert rows[2] == {
        "expiry": EXPIRY,
        "strike": 24_600,
        "session": FRIDAY,
        "call_volume": 10,
        "put_volume": 20,
        "volume": 30,
        "call_volume_share": pytest.approx(10 / 45),
        "put_volume_share": pytest.approx(20 / 55),
        "volume_share": 0.3,
        "is_point_of_control": True,
        "in_value_area": True,
    }
    assert [row["is_point_of_control"] for row in rows].count(True) == 1


@pytest.mark.parametrize(
    ("volumes", "strikes"),
    [
        # The lower of two controls; then the lower of two neighbours with as much.
        ((40, 40, 20), [0, 1]),
        ((20, 40, 20, 10, 10), [0, 1, 2]),
        # Exactly 70 % is enough, and what lies behind a thin strike waits for it.
        ((70, 30), [0]),
        ((10, 50, 1, 39), [0, 1, 2, 3]),
        ((0, 60, 0, 40), [0, 1, 2, 3]),
        # Nothing to be had on one side.
        ((50, 30, 20), [0, 1]),
        ((0, 0, 5, 0), [2]),
    ],
)
def test_ties_and_thin_strikes(
    store: Store, volumes: tuple[int, ...], strikes: list[int]
) -> None:
    quotes = (quote(100.0 * n, volume, 0) for n, volume in enumerate(volumes))
    rows = ask(shown(store, *quotes), "volume_profile")
    assert area(rows) == [100 * strike for strike in strikes]


def test_volume_of_an_earlier_session_is_unknown_now(store: Store) -> None:
    add(store, quote(24_500, 900, 900))
    connection = shown(store, quote(24_600, 75, 150, MONDAY))
    old, new = ask(connection, "volume_profile")
    assert (old["session"], old["volume"], old["in_value_area"]) == (
        MONDAY,
        None,
        False,
    )
    assert (new["volume"], new["volume_share"], new["is_point_of_control"]) == (
        225,
        1,
        True,
    )
    [then] = ask(connection, "volume_profile", at=ist("12:00:00"))
    assert (then["session"], then["volume"]) == (FRIDAY, 1_800)


@pytest.mark.parametrize("volume", [None, 0])
def test_without_volume_there_is_no_control(store: Store, volume: int | None) -> None:
    [row] = ask(shown(store, quote(24_600, volume, volume)), "volume_profile")
    assert row["volume"] == volume
    unknown = (
        "volume_share",
        "call_volume_share",
        "is_point_of_control",
        "in_value_area",
    )
    assert {row[name] for name in unknown} == {None}


def test_volume_is_of_the_legs_that_are_known(store: Store) -> None:
    rows = ask(shown(store, quote(1, 75, None), quote(2, None, 25)), "volume_profile")
    assert [row["volume"] for row in rows] == [75, 25]
    assert [row["put_volume_share"] for row in rows] == [None, 1]


def grown(volume: np.ndarray) -> tuple[int, set[int]]:
    """The control, and the value area: one strike after the other, by the definition."""
    control = int(np.argmax(volume))
    low = high = control
    while 10 * volume[low : high + 1].sum() < 7 * volume.sum():
        below = volume[low - 1] if low > 0 else -1
        above = volume[high + 1] if high + 1 < len(volume) else -1
        if below >= above:
            low -= 1
        else:
            high += 1
    return control, set(range(low, high + 1))


@pytest.mark.parametrize("seed", range(8))
def test_random_chains(store: Store, seed: int) -> None:
    """With small volumes, so that there are many ties, and with large ones."""
    random = np.random.default_rng(seed)
    quotes, legs = [], {}
    for expiry, most in ((EXPIRY, 4), (LATER, 10**8)):
        strikes = np.sort(random.choice(np.arange(2e4, 2.9e4, 50), 40, replace=False))
        volume = random.integers(0, most, (2, 40)).astype(float)
        volume[random.random((2, 40)) < 0.2] = np.nan
        legs[expiry] = volume
        quotes += [
            quote(strike, known(call), known(put), FRIDAY, expiry)
            for strike, call, put in zip(strikes, *volume, strict=True)
        ]
    connection = shown(store, *quotes)
    for at in (None, ist("12:00:00")):
        rows = ask(connection, "volume_profile", at=at)
        for expiry, (call, put) in legs.items():
            mine = [row for row in rows if row["expiry"] == expiry]
            both = np.where(
                np.isnan(call) & np.isnan(put), np.nan, np.nansum((call, put), axis=0)
            )
            control, inside = grown(np.nan_to_num(both))
            expected = {
                "call_volume": call,
                "put_volume": put,
                "volume": both,
                "call_volume_share": call / np.nansum(call),
                "put_volume_share": put / np.nansum(put),
                "volume_share": both / np.nansum(both),
                "is_point_of_control": np.arange(40) == control,
                "in_value_area": [place in inside for place in range(40)],
            }
            for name, figures in expected.items():
                np.testing.assert_allclose(
                    column(mine, name), figures, 1e-12, err_msg=name
                )


def test_before_the_first_quote_there_is_none(store: Store) -> None:
    connection = shown(store, quote(24_600, 75, 75))
    assert ask(connection, "volume_profile", at=ist("09:30:00")) == []


def test_what_is_not_known_is_refused(store: Store) -> None:
    connection = shown(store, quote(24_600, 75, 75))
    refuses(connection, "volume_profile", "unknown_symbol", "NIFTY", symbol="NIFT")
    refuses(connection, "volume_profile", "unknown_expiry", str(EXPIRY), expiry=LATER)
