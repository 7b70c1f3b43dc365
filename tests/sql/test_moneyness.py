"""ops.store_batch: the moneyness level of each strike, and the gap between strikes."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.calls import STRIKE, column
from tests.support.quote_market import (
    EXPIRY,
    Leg,
    Quote,
    add,
    ist,
)

BETWEEN, LAST = date(2025, 9, 9), date(2025, 9, 16)


def test_exact_halves_go_to_the_lower_level(
    store: Store, connection: psycopg.Connection
) -> None:
    strikes = (24_450, 24_500, 24_550, 24_600, 24_625, 24_650)
    add(store, *(Quote("10:00:00", strike, underlying=STRIKE) for strike in strikes))
    assert column(connection, "moneyness_level") == [-3, -2, -1, 0, 0, 1]
    assert column(connection, "call_moneyness") == [
        "ITM3", "ITM2", "ITM1", "ATM", "ATM", "OTM1",
    ]  # fmt: skip
    assert column(connection, "put_moneyness") == [
        "OTM3", "OTM2", "OTM1", "ATM", "ATM", "ITM1",
    ]  # fmt: skip
    assert set(column(connection, "underlying_source")) == {"feed"}


def test_ties_go_to_the_lower_strike_and_the_smaller_gap(
    store: Store, connection: psycopg.Connection
) -> None:
    """24,575 is as near to 24,550 as to 24,600; steps of 50 and of 100 are two each."""
    strikes = (24_450, 24_550, 24_600, 24_650, 24_750)
    add(store, *(Quote("10:00:00", strike, underlying=24_575) for strike in strikes))
    assert set(column(connection, "strike_gap")) == {50}
    assert column(connection, "moneyness_level") == [-2, 0, 1, 2, 4]


def test_gap_is_that_of_ten_strikes_around_the_money(
    store: Store, connection: psycopg.Connection
) -> None:
    """Twenty steps of 50 around it count for more than thirty of 100 beyond."""
    near = [24_100 + 50 * step for step in range(21)]
    far = [25_200 + 100 * step for step in range(30)]
    underlying = {"underlying": STRIKE}
    add(store, *(Quote("10:00:00", strike, **underlying) for strike in near + far))
    assert set(column(connection, "strike_gap")) == {50}


def test_steps_of_decimal_strikes_are_counted_as_decimals(
    store: Store, connection: psycopg.Connection
) -> None:
    """As doubles, nine steps of 0.1 are of three widths, and five of 0.5 are of one."""
    near = [0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5]
    far = [2.0, 2.5, 3.0, 3.5, 4.0]
    add(store, *(Quote("10:00:00", strike, underlying=1.4) for strike in near + far))
    assert set(column(connection, "strike_gap")) == {0.1}
    assert column(connection, "moneyness_level") == [
        -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 6, 11, 16, 21, 26,
    ]  # fmt: skip


def test_exact_half_of_a_decimal_step_goes_to_the_lower_level(
    store: Store, connection: psycopg.Connection
) -> None:
    """1.05 - 1.0 is a little more than 0.05 as a double."""
    strikes = (0.8, 0.9, 1.0, 1.05, 1.1, 1.2, 1.3)
    add(store, *(Quote("10:00:00", strike, underlying=1.0) for strike in strikes))
    assert column(connection, "moneyness_level") == [-2, -1, 0, 0, 1, 2, 3]


def test_chain_of_one_strike_has_no_level(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, Quote("10:00:00", STRIKE, underlying=STRIKE))
    assert column(connection, "underlying") == [STRIKE]
    assert column(connection, "strike_gap") == [None]
    assert column(connection, "moneyness_level") == [None]
    assert column(connection, "call_moneyness") == [None]


def priced(strike: float, forward: float, spread: float = 0, **fields: Any) -> Quote:
    """A strike whose two mids differ by what it is away from the forward."""
    mids = {"call": 300 + forward - strike, "put": 300.0}
    legs: dict[str, Leg] = {
        leg: {"bid": mid - spread / 2, "ask": mid + spread / 2}
        for leg, mid in mids.items()
    }
    return Quote("10:00:00", strike, **legs, **fields)


def test_parity_stands_in_for_the_underlying(
    store: Store, connection: psycopg.Connection
) -> None:
    """The forward of the earliest expiry that has one, discounted, for all of the snapshot.

    Two strikes with wide markets have none of their own: it is that of the nearest expiry,
    and of two as near the earlier's.
    """
    add(
        store,
        *(priced(strike, 24_600) for strike in (24_550, 24_600, 24_650)),
        *(priced(strike, 24_650, 20, expiry=BETWEEN) for strike in (24_600, 24_650)),
        *(priced(24_650 + step, 24_650, expiry=LAST) for step in (-50, 0, 50)),
    )

    def carried(forward: float, expiry: date, since: datetime) -> float:
        years = (ist("15:30:00", expiry) - since) / timedelta(days=365)
        return float(forward * np.exp(0.065 * years))

    close = ist("15:30:00", EXPIRY)
    spot = 24_600 / carried(1, EXPIRY, ist("10:00:00"))
    assert column(connection, "underlying") == pytest.approx([spot] * 8)
    assert column(connection, "underlying_source") == ["parity"] * 8
    assert column(connection, "forward") == pytest.approx(
        [24_600] * 3 + [carried(24_600, BETWEEN, close)] * 2 + [24_650] * 3
    )
    assert column(connection, "forward_source") == [
        *["parity"] * 3, *["other_expiry"] * 2, *["parity"] * 3,
    ]  # fmt: skip
    assert column(connection, "moneyness_level") == [-1, 0, 1, 0, 1, 0, 1, 2]
