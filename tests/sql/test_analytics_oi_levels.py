"""analytics.oi_levels: support, resistance and average strikes, by hand and against NumPy."""

from datetime import date

import numpy as np
import pytest

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

LEVELS = ("support", "support_oi", "resistance", "resistance_oi")
AVERAGES = ("call_oi_strike", "put_oi_strike", "oi_strike")


def quote(
    strike: float,
    call: int | None,
    put: int | None,
    underlying: float | None = 24_610.0,
    expiry: date = EXPIRY,
) -> Quote:
    """A strike by its two open interests."""
    return Quote(
        "10:00:00",
        strike,
        {"ltp": 10.0, "oi": call},
        {"ltp": 10.0, "oi": put},
        underlying=underlying,
        expiry=expiry,
    )


def test_most_puts_below_and_most_calls_above(store: Store) -> None:
    """Greater ones on the other side of the money do not count."""
    [row] = ask(
        shown(
            store,
            quote(24_500, 900, 75),
            quote(24_550, 0, 300),
            quote(24_600, 0, 150),
            quote(24_650, 150, 0),
            quote(24_700, 225, 900),
        ),
        "oi_levels",
        expiry=EXPIRY,
    )
    assert [row[name] for name in LEVELS] == [24_550, 300, 24_700, 225]
    calls = (900 * 24_500 + 150 * 24_650 + 225 * 24_700) / 1_275
    puts = (75 * 24_500 + 300 * 24_550 + 150 * 24_600 + 900 * 24_700) / 1_425
    both = (1_275 * calls + 1_425 * puts) / 2_700
    assert [row[name] for name in AVERAGES] == pytest.approx([calls, puts, both])
    assert row["underlying"] == 24_610


def test_strike_at_the_money_is_on_both_sides(store: Store) -> None:
    [row] = ask(
        shown(store, quote(24_550, 1, 1, 24_600), quote(24_600, 75, 75, 24_600)),
        "oi_levels",
    )
    assert [row[name] for name in LEVELS] == [24_600, 75, 24_600, 75]


def test_tie_goes_to_the_strike_nearer_the_money(store: Store) -> None:
    strikes = (24_500, 24_550, 24_600, 24_650, 24_700, 24_750)
    connection = shown(store, *(quote(strike, 75, 75) for strike in strikes))
    [row] = ask(connection, "oi_levels")
    assert (row["support"], row["resistance"]) == (24_600, 24_650)


def test_without_underlying_there_is_no_side(store: Store) -> None:
    connection = shown(store, quote(24_500, 75, 75, None), quote(24_600, 75, 150, None))
    [row] = ask(connection, "oi_levels")
    assert {row[name] for name in (*LEVELS, "underlying")} == {None}
    assert row["put_oi_strike"] == pytest.approx((24_500 + 2 * 24_600) / 3)


@pytest.mark.parametrize("oi", [None, 0])
def test_without_open_interest_there_is_no_level(store: Store, oi: int | None) -> None:
    """None of a side, and then none at all: no level, and nothing divided by zero."""
    connection = shown(
        store,
        quote(24_600, 75, oi),
        quote(24_650, oi, 75),
        quote(24_600, oi, oi, expiry=LATER),
    )
    near, later = ask(connection, "oi_levels")
    assert {near[name] for name in LEVELS} == {None}
    assert (near["call_oi_strike"], near["put_oi_strike"]) == (24_600, 24_650)
    assert {later[name] for name in (*LEVELS, *AVERAGES)} == {None}


def oracle(
    strikes: np.ndarray, call: np.ndarray, put: np.ndarray, underlying: float
) -> list[float | None]:
    """By the definition, strike by strike; NaN is unknown."""
    found: list[float | None] = []
    for oi, nearest_first in (
        (put, [at for at in range(len(strikes))[::-1] if strikes[at] <= underlying]),
        (call, [at for at in range(len(strikes)) if strikes[at] >= underlying]),
    ):
        best = None
        for at in nearest_first:
            if oi[at] > (0 if best is None else oi[best]):
                best = at
        found += [None, None] if best is None else [strikes[best], oi[best]]
    calls, puts = np.nan_to_num(call), np.nan_to_num(put)
    for oi in (calls, puts, calls + puts):
        found.append(float(oi @ strikes / oi.sum()) if oi.sum() else None)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_random_chains(store: Store, seed: int) -> None:
    """With many ties, unknown legs, and strikes on one side of the money only."""
    random = np.random.default_rng(seed)
    quotes, expected = [], {}
    for expiry, underlying in ((EXPIRY, 24_600.0), (LATER, random.uniform(2e4, 2.9e4))):
        strikes = random.choice(np.arange(2e4, 2.9e4, 50), 40, replace=False)
        strikes.sort()
        call, put = 75.0 * random.integers(0, 9, (2, 40))
        call[random.random(40) < 0.2] = np.nan
        put[random.random(40) < 0.2] = np.nan
        quotes += [
            quote(strike, known(c), known(p), underlying, expiry)
            for strike, c, p in zip(strikes, call, put, strict=True)
        ]
        expected[expiry] = oracle(strikes, call, put, underlying)
    connection = shown(store, *quotes)
    for at in (None, ist("12:00:00")):
        rows = ask(connection, "oi_levels", at=at)
        assert [row["expiry"] for row in rows] == [EXPIRY, LATER]
        for row in rows:
            found = [row[name] for name in (*LEVELS, *AVERAGES)]
            assert found == pytest.approx(expected[row["expiry"]], rel=1e-12)


def test_before_the_first_quote_there_is_none(store: Store) -> None:
    connection = shown(store, quote(24_600, 75, 75))
    assert ask(connection, "oi_levels", at=ist("09:30:00")) == []


def test_what_is_not_known_is_refused(store: Store) -> None:
    connection = shown(store, quote(24_600, 75, 75))
    refuses(connection, "oi_levels", "unknown_symbol", "NIFTY", symbol="NIFT")
    refuses(connection, "oi_levels", "unknown_expiry", str(EXPIRY), expiry=LATER)
