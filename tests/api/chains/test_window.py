"""api.chains.window: which strikes are around the money, and where the money is."""

import math

import pytest

from pgstrike.api.chains.window import (
    Around,
    Between,
    Money,
    Window,
    bounds_of,
    money_of,
)

STRIKES = [100.0, 110.0, 120.0, 130.0, 140.0]


@pytest.mark.parametrize(
    ("underlying", "at"),
    [
        (None, None),
        (90.0, 100.0),
        (100.0, 100.0),
        (104.9, 100.0),
        (105.0, 100.0),  # a tie: the lower
        (105.1, 110.0),
        (139.0, 140.0),
        (200.0, 140.0),
    ],
)
def test_money_is_at_the_nearest_strike(
    underlying: float | None, at: float | None
) -> None:
    gap = None if at is None else 10.0
    assert money_of(underlying, 10.0, STRIKES) == Money(at, gap)
    assert money_of(underlying, 10.0, []) == Money(None, None)


@pytest.mark.parametrize(
    ("window", "money", "wanted"),
    [
        (None, Money(None, None), STRIKES),
        (Between(110.0, 130.0), Money(None, None), [110, 120, 130]),
        (Between(111.0, 129.0), Money(None, None), [120]),
        (Around(0), Money(120.0, 10.0), [120]),
        (Around(1), Money(120.0, 10.0), [110, 120, 130]),
        (Around(1), Money(140.0, 10.0), [130, 140]),
        (
            Around(0),
            Money(120.0, 20.0),
            [120, 130],
        ),  # a half belongs to the lower level
        (Around(1), Money(None, 10.0), []),
        (Around(1), Money(120.0, None), []),
    ],
)
def test_window_has_its_strikes(
    window: Window, money: Money, wanted: list[float]
) -> None:
    bounds = bounds_of(window, money)
    assert STRIKES[bounds.place(STRIKES)] == wanted
    assert [strike for strike in STRIKES if bounds.has(strike)] == wanted
    assert not bounds.has(math.nan)


@pytest.mark.parametrize("at", [1.0, 1.1, 1.3, 85.9])
def test_exact_half_of_a_decimal_step_belongs_to_the_lower_level(at: float) -> None:
    strikes = [round(at + step, 2) for step in (-0.1, -0.05, 0, 0.05, 0.1)]
    bounds = bounds_of(Around(0), Money(at, 0.1))
    assert strikes[bounds.place(strikes)] == strikes[2:4]
