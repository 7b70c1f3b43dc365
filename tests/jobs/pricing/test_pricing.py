"""jobs/pricing: which legs get a volatility, from where, or why not."""

import numpy as np
import numpy.typing as npt
import pytest

from pgstrike.jobs.pricing.greeks import greeks, price
from pgstrike.jobs.pricing.pricer import Pricer
from pgstrike.jobs.pricing.pricing import (
    FED,
    GREEKS,
    IvStatus,
    Terms,
    price_quotes,
)
from pgstrike.jobs.quote import unknown_quotes

FORWARD, YEARS, RATE, VOL = 24_600.0, 20 / 365, 0.065, 0.14
SECOND, TICK = 1_000_000, 0.05

Rows = npt.NDArray[np.void]


def quotes(strikes: list[float], spread: float = 0.0, vol: float = VOL) -> Rows:
    """Both legs of each strike, quoted around what Black-76 gives."""
    rows = unknown_quotes(len(strikes))
    rows["strike"], rows["expiry"] = strikes, 9_000
    rows["quote_time"], rows["symbol"] = 0, 0
    for leg in ("call", "put"):
        fair = price(FORWARD, strikes, YEARS, vol, RATE, leg == "call")
        rows[f"{leg}_bid"], rows[f"{leg}_ask"] = fair - spread / 2, fair + spread / 2
    return rows


def priced(rows: Rows, **known: npt.NDArray[np.float64]) -> Rows:
    return price_quotes(rows, terms_of(rows), RATE, known or None)


def terms_of(rows: Rows, forward: float = FORWARD, years: float = YEARS) -> Terms:
    return Terms(*(np.full(len(rows), figure) for figure in (forward, years, TICK)))


def test_both_legs_are_solved_and_have_their_greeks() -> None:
    strikes = [24_400.0, 24_600.0, 24_800.0]
    prices = priced(quotes(strikes, spread=0.1))
    for leg in ("call", "put"):
        assert (prices[f"{leg}_iv_status"] == IvStatus.SOLVED).all()
        assert prices[f"{leg}_iv"] == pytest.approx([VOL] * 3, abs=1e-9)
        assert (prices[f"{leg}_fed"] == 0).all()
        expected = greeks(FORWARD, strikes, YEARS, VOL, RATE, leg == "call")
        for name, figure in zip(GREEKS, expected, strict=False):
            assert prices[f"{leg}_{name}"] == pytest.approx(figure, rel=1e-6)


def test_what_the_feed_brought_is_used_as_it_is() -> None:
    rows = quotes([24_600.0])
    rows["call_iv"], rows["call_gamma"] = 0.2, 0.5
    prices = priced(rows)
    assert prices["call_iv"] == 0.2 and prices["call_gamma"] == 0.5
    assert prices["call_iv_status"] == IvStatus.FEED
    assert prices["call_fed"] == 1 | 4
    expected = greeks(FORWARD, 24_600.0, YEARS, 0.2, RATE, True)
    assert prices["call_delta"] == pytest.approx([float(expected.delta)])
    assert prices["put_iv_status"] == IvStatus.SOLVED


def test_deep_in_the_money_takes_the_volatility_of_its_twin() -> None:
    rows = quotes([22_000.0, 27_000.0], spread=20.0)
    for leg in ("call", "put"):
        fair = price(FORWARD, rows["strike"], YEARS, VOL, RATE, leg == "call")
        out = rows["strike"] > FORWARD if leg == "call" else rows["strike"] < FORWARD
        for side, sign in (("bid", -1), ("ask", 1)):
            tight = fair + sign * 0.01 * fair
            rows[f"{leg}_{side}"] = np.where(out, tight, rows[f"{leg}_{side}"] + 7)
    prices = priced(rows)
    assert prices["call_iv_status"].tolist() == [IvStatus.TWIN, IvStatus.SOLVED]
    assert prices["put_iv_status"].tolist() == [IvStatus.SOLVED, IvStatus.TWIN]
    assert (prices["call_iv"] == prices["put_iv"]).all()
    assert prices["call_delta"] - prices["put_delta"] == pytest.approx(
        np.full(2, np.exp(-RATE * YEARS))
    )


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"call_bid": np.nan}, IvStatus.NO_MARKET),
        ({"call_bid": 0.0}, IvStatus.NO_MARKET),
        ({"call_bid": 3.0, "call_ask": 2.0}, IvStatus.CROSSED),
        ({"call_bid": 24_600.0, "call_ask": 24_700.0}, IvStatus.ABOVE_BOUND),
    ],
)
def test_no_volatility_has_a_reason(
    changes: dict[str, float], status: IvStatus
) -> None:
    rows = quotes([24_800.0])
    for name, figure in changes.items():
        rows[name] = figure
    prices = priced(rows)
    assert prices["call_iv_status"] == status
    for name in ("iv", *GREEKS):
        assert np.isnan(prices[f"call_{name}"])


def test_below_intrinsic_without_a_twin_has_no_volatility() -> None:
    rows = quotes([24_000.0])
    rows["call_bid"] = rows["call_ask"] = 500.0
    rows["put_bid"] = np.nan
    assert priced(rows)["call_iv_status"] == IvStatus.BELOW_INTRINSIC


@pytest.mark.parametrize(
    ("forward", "years", "status"),
    [
        (np.nan, YEARS, IvStatus.NO_FORWARD),
        (FORWARD, 0.0, IvStatus.NO_TIME),
        (FORWARD, -YEARS, IvStatus.NO_TIME),
    ],
)
def test_no_forward_and_no_time(forward: float, years: float, status: IvStatus) -> None:
    rows = quotes([24_700.0])
    prices = price_quotes(rows, terms_of(rows, forward, years), RATE)
    assert prices["call_iv_status"] == status
    assert np.isnan(prices["call_iv"]) and np.isnan(prices["call_delta"])


def test_a_leg_of_which_nothing_is_known_takes_nothing_from_its_twin() -> None:
    rows = quotes([24_000.0])
    rows["call_bid"] = rows["call_ask"] = np.nan
    prices = priced(rows)
    assert prices["call_iv_status"] == IvStatus.NO_MARKET
    rows["call_ltp"] = 650.0
    assert priced(rows)["call_iv_status"] == IvStatus.TWIN


@pytest.mark.parametrize("strike", [24_000.0, 24_600.0, 25_200.0])
@pytest.mark.parametrize(
    ("bid", "ask", "status"),
    [
        (500.0, 5.0, IvStatus.CROSSED),
        (10.0, 30.1, IvStatus.WIDE_MARKET),
        (np.nan, np.nan, IvStatus.NO_MARKET),
    ],
)
def test_a_market_that_is_none_has_no_volatility(
    strike: float, bid: float, ask: float, status: IvStatus
) -> None:
    """In, at and out of the money: what is crossed or too wide does not take its twin's."""
    rows = quotes([strike])
    rows["call_bid"], rows["call_ask"] = bid, ask
    prices = priced(rows)
    assert prices["call_iv_status"] == status
    assert np.isnan(prices["call_iv"]) and np.isnan(prices["call_delta"])
    assert prices["put_iv_status"] == IvStatus.SOLVED


@pytest.mark.parametrize(
    ("spread", "solved"), [(0.10, True), (0.11, False), (0.02, True)]
)
def test_a_cheap_option_may_be_two_ticks_wide(spread: float, solved: bool) -> None:
    """Wider than its middle, for a tick is the least that a market can be wide."""
    rows = quotes([27_000.0])
    rows["call_bid"], rows["call_ask"] = 0.01, 0.01 + spread
    status = priced(rows)["call_iv_status"]
    assert status == (IvStatus.SOLVED if solved else IvStatus.WIDE_MARKET)


def test_a_market_as_wide_as_its_middle_is_the_widest() -> None:
    rows = quotes([24_600.0, 24_600.0])
    rows["call_bid"], rows["call_ask"] = 160.0, [480.0, 480.5]
    prices = priced(rows)
    assert prices["call_iv_status"].tolist() == [IvStatus.SOLVED, IvStatus.WIDE_MARKET]


def at(rows: Rows, microseconds: int) -> Rows:
    rows["quote_time"] = microseconds
    return rows


def by(pricer: Pricer, *parts: Rows) -> Rows:
    rows = np.concatenate(parts)
    return pricer.price(("NIFTY",), rows, terms_of(rows))


@pytest.mark.parametrize("batches", [1, 2])
def test_a_contract_is_solved_once_a_second(batches: int) -> None:
    first = at(quotes([24_600.0, 24_700.0]), SECOND)
    second = at(quotes([24_700.0, 24_800.0], vol=0.2), SECOND + 400_000)
    third = at(quotes([24_700.0], vol=0.3), 2 * SECOND)
    pricer = Pricer(RATE, 1)
    if batches == 1:
        prices = by(pricer, first, second, third)
    else:
        prices = np.concatenate([by(pricer, each) for each in (first, second, third)])
    assert prices["call_iv"] == pytest.approx([VOL, VOL, VOL, 0.2, 0.3], abs=1e-9)
    assert prices["call_iv_status"].tolist() == [
        IvStatus.SOLVED,
        IvStatus.SOLVED,
        IvStatus.CARRIED,
        IvStatus.SOLVED,
        IvStatus.SOLVED,
    ]


@pytest.mark.parametrize("side", ["call_bid", "call_ask"])
def test_nothing_is_carried_to_a_leg_without_a_market(side: str) -> None:
    pricer = Pricer(RATE, 1)
    by(pricer, at(quotes([24_700.0]), SECOND))
    later = at(quotes([24_700.0]), SECOND + 1)
    later[side] = np.nan
    prices = by(pricer, later)
    assert prices["call_iv_status"] == IvStatus.NO_MARKET
    assert np.isnan(prices["call_iv"])
    assert prices["put_iv_status"] == IvStatus.CARRIED


def test_corrections_and_late_quotes_are_solved() -> None:
    pricer = Pricer(RATE, 1)
    by(pricer, at(quotes([24_600.0]), 5 * SECOND + 9))
    again = by(pricer, at(quotes([24_600.0], vol=0.2), 5 * SECOND + 9))
    late = by(pricer, at(quotes([24_600.0], vol=0.3), 5 * SECOND + 3))
    older = by(pricer, at(quotes([24_600.0], vol=0.4), 2 * SECOND))
    for prices, vol in ((again, 0.2), (late, 0.3), (older, 0.4)):
        assert prices["call_iv"] == pytest.approx([vol], abs=1e-9)


def test_each_quote_is_solved_where_the_setting_is_zero() -> None:
    parts = [
        at(quotes([24_600.0], vol=vol), place) for place, vol in enumerate((0.1, 0.2))
    ]
    assert by(Pricer(RATE, 0), *parts)["call_iv"] == pytest.approx([0.1, 0.2])


def test_volatility_of_the_feed_is_kept_whatever_else_is_known() -> None:
    """Of a leg that would be solved, carried, or take its twin's."""
    rows = quotes([22_000.0, 24_600.0, 27_000.0], spread=20.0)
    rows["call_iv"] = rows["put_iv"] = [0.2, 0.21, 0.22]
    known = np.full(3, 0.3)
    for prices in (priced(rows), priced(rows, call=known, put=known)):
        for leg in ("call", "put"):
            assert prices[f"{leg}_iv"].tolist() == [0.2, 0.21, 0.22]
            assert (prices[f"{leg}_iv_status"] == IvStatus.FEED).all()
            assert (prices[f"{leg}_fed"] == FED["iv"]).all()


def test_symbols_of_one_second_are_solved_each_by_itself() -> None:
    one = at(quotes([24_600.0], vol=0.1), SECOND)
    other = at(quotes([24_600.0], vol=0.2), SECOND + 1)
    again = at(quotes([24_600.0], vol=0.3), SECOND + 2)
    other["symbol"] = 1
    later = np.concatenate((again, again))
    later["symbol"] = [0, 1]
    pricer, symbols = Pricer(RATE, 1), ("NIFTY", "BANKNIFTY")
    figures = [
        pricer.price(symbols, rows, terms_of(rows))
        for rows in (np.concatenate((one, other)), later)
    ]
    for prices in figures:
        assert prices["call_iv"] == pytest.approx([0.1, 0.2])
    assert (figures[1]["call_iv_status"] == IvStatus.CARRIED).all()
