"""Series of the expiry metrics and of straddles, against what the quotes say."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.feed.times import IST
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import Stock
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    LATER,
    MONDAY,
    Quote,
    add,
    answers,
    ist,
    select,
)

STRIKES = (24_500.0, 24_550.0, 24_600.0, 24_650.0)
WIDTHS = {
    "1min": timedelta(minutes=1),
    "5min": timedelta(minutes=5),
    "15min": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}
OPEN = ist("04:15:00")  # of the day's buckets: 22:45 UTC
Row = dict[str, Any]


class Market:
    """Random chains over two sessions, and what of them stands where."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.random = np.random.default_rng(11)

    def store(self) -> None:
        store = Store(
            self.connection, source="test", rate=0.065, horizon=timedelta(days=60)
        )
        for day in (FRIDAY, MONDAY):
            for time in ("09:15:10", "09:15:50", "09:17:00", "09:21:30", "10:20:00"):
                add(store, *self.chain(time, day, EXPIRY))
                add(store, *self.chain(time, day, LATER))
        refresh_all(store.connection)

    def chain(self, time: str, day: date, expiry: date) -> list[Quote]:
        underlying = self.random.uniform(24_500, 24_650)

        def leg() -> dict[str, float | None]:
            price: float | None = round(self.random.uniform(50, 150), 2)
            return {
                "ltp": price if self.random.random() < 0.9 else None,
                "oi": float(self.random.integers(0, 900) * 75),
                "iv": self.random.uniform(0.1, 0.3),
            }

        return [
            Quote(time, strike, leg(), leg(), underlying, day, expiry)
            for strike in STRIKES
        ]

    def metrics(self, width: str, expiry: date, since: datetime) -> list[Row]:
        """The last row of each bucket, from the series by the minute."""
        rows = select(
            self.connection,
            "SELECT * FROM fo.expiry_metrics WHERE expiry = %s AND bucket_time >= %s"
            " ORDER BY bucket_time",
            expiry,
            since,
        )
        last = {
            OPEN + (row["bucket_time"] - OPEN) // WIDTHS[width] * WIDTHS[width]: row
            for row in rows
        }
        return [{**row, "bucket_time": bucket} for bucket, row in last.items()]


def store_market(connection: psycopg.Connection) -> None:
    Market(connection).store()


@pytest.fixture
def stock() -> Stock:
    return store_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> Market:
    return Market(connection)


def written(figure: float) -> str:
    """The 15 digits that a price is written with."""
    return f"{figure:.15g}"


def minus(figure: float, other: float) -> float:
    return float(Decimal(written(figure)) - Decimal(written(other)))


def changes(values: list[float | None]) -> list[float | None]:
    known = [value for value in values if value is not None]
    return [None if value is None else minus(value, known[0]) for value in values]


@pytest.mark.parametrize("width", WIDTHS)
def test_expiry_series(market: Market, width: str) -> None:
    """Of both sessions, for each figure; the newest one alone by default."""
    whole = [
        row for expiry in (EXPIRY, LATER) for row in market.metrics(width, expiry, OPEN)
    ]
    for figure in ("pcr_oi", "atm_iv", "call_oi", "years", "max_pain", "gex_flip"):
        asked = ("NIFTY", figure, [EXPIRY, LATER], width, OPEN)
        assert answers(market.connection, "expiry_series", *asked) == [
            {
                "expiry": row["expiry"],
                "bucket_time": row["bucket_time"],
                "value": row[figure],
            }
            for row in whole
        ]
    newest = answers(market.connection, "expiry_series", "NIFTY", "years", None, width)
    assert len(newest) * 2 == len(whole)
    assert {row["bucket_time"].astimezone(IST).date() for row in newest} == {MONDAY}
    assert {row["expiry"] for row in newest} == {EXPIRY, LATER}


def test_window_holds_its_beginning_and_not_its_end(market: Market) -> None:
    start, end = ist("09:20:00"), ist("10:20:00")
    asked = ("NIFTY", "years", [LATER], "5min")
    window = answers(market.connection, "expiry_series", *asked, start, end)
    assert [row["bucket_time"] for row in window] == [start]
    assert answers(market.connection, "expiry_series", *asked, None, OPEN) == []


def test_dead_expiry_is_history(store: Store, market: Market) -> None:
    """Not among those alive, but there for who asks for it."""
    day = EXPIRY + timedelta(days=1)
    add(store, *market.chain("10:00:00", day, LATER))
    refresh_all(store.connection)
    rows = answers(store.connection, "straddle_series", "NIFTY", None, "1d", OPEN)
    assert {row["expiry"] for row in rows} == {LATER}
    rows = answers(store.connection, "straddle_series", "NIFTY", EXPIRY, "1d", OPEN)
    assert len(rows) == 2


@pytest.mark.parametrize("width", WIDTHS)
def test_straddle_series(market: Market, width: str) -> None:
    """Of the strike that was at the money then; the change since the first known."""
    expected = market.metrics(width, EXPIRY, OPEN)
    found = answers(market.connection, "straddle_series", "NIFTY", EXPIRY, width, OPEN)
    straddles = [row["straddle"] for row in expected]
    for row, wanted, change in zip(found, expected, changes(straddles), strict=True):
        assert row.pop("straddle_change") == change
        assert row == {name: wanted[name] for name in row}
    if width == "1min":
        assert None in straddles and len(set(straddles)) > 5
        assert len({row["atm_strike"] for row in found}) > 1


def test_exposure_series(market: Market) -> None:
    expected = market.metrics("5min", EXPIRY, OPEN)
    found = answers(market.connection, "exposure_series", "NIFTY", EXPIRY, "5min", OPEN)
    assert found == [{name: row[name] for name in found[0]} for row in expected]
    assert any(row["net_gex"] is not None for row in found)


def test_move_series(market: Market) -> None:
    """Each figure against the first known one of the window, and not one of later."""
    expected = market.metrics("1min", EXPIRY, OPEN)
    found = answers(market.connection, "move_series", "NIFTY", EXPIRY, "1min", OPEN)
    moves = changes([row["underlying"] for row in expected])
    assert [row.pop("realised_move") for row in found] == moves
    for figure in ("straddle", "expected_move"):
        first = next(row[figure] for row in expected if row[figure] is not None)
        assert [row.pop(f"{figure}_at_first") for row in found] == [
            None if row[figure] is None else first for row in expected
        ]
    assert found == [{name: row[name] for name in found[0]} for row in expected]
    assert None in [row["straddle"] for row in found]


def test_max_pain_series(market: Market) -> None:
    expected = market.metrics("5min", LATER, OPEN)
    found = answers(market.connection, "max_pain_series", "NIFTY", LATER, "5min", OPEN)
    assert found == [
        {
            "expiry": LATER,
            "bucket_time": row["bucket_time"],
            "max_pain": row["max_pain"],
            "underlying": row["underlying"],
            "underlying_source": row["underlying_source"],
            "distance": minus(row["max_pain"], row["underlying"]),
        }
        for row in expected
    ]
    assert any(row["distance"] < 0 for row in found)


@pytest.mark.parametrize("width", WIDTHS)
def test_fixed_straddle_series(market: Market, width: str) -> None:
    """From the quotes: the last price of each leg that was known in the bucket."""
    expected: dict[datetime, Row] = {}
    for quote in select(
        market.connection,
        "SELECT * FROM fo.option_quote WHERE expiry = %s AND strike = 24600"
        " ORDER BY quote_time",
        EXPIRY,
    ):
        bucket = OPEN + (quote["quote_time"] - OPEN) // WIDTHS[width] * WIDTHS[width]
        row = expected.setdefault(bucket, {"call_price": None, "put_price": None})
        row["underlying"] = quote["underlying"]
        for leg in ("call", "put"):
            row[f"{leg}_price"] = quote[f"{leg}_ltp"] or row[f"{leg}_price"]
    straddles = [
        None
        if None in (row["call_price"], row["put_price"])
        else float(written(row["call_price"] + row["put_price"]))
        for row in expected.values()
    ]
    asked = ("NIFTY", EXPIRY, 24_600.0, width, OPEN)
    found = answers(market.connection, "fixed_straddle_series", *asked)
    assert found == [
        {
            "bucket_time": bucket,
            **row,
            "straddle": straddle,
            "straddle_change": change,
        }
        for (bucket, row), straddle, change in zip(
            expected.items(), straddles, changes(straddles), strict=True
        )
    ]
    newest = answers(market.connection, "fixed_straddle_series", *asked[:4])
    assert [row["bucket_time"] for row in newest] == [
        row["bucket_time"]
        for row in found
        if row["bucket_time"].astimezone(IST).date() == MONDAY
    ]


def test_first_known_straddle_is_the_base(store: Store) -> None:
    """100, unknown, 90, 120: no change is counted from what is unknown."""
    for time, call in (("10:00:00", None), ("10:01:00", 60.0), ("10:02:00", 50.0)):
        add(store, Quote(time, 24_600, {"ltp": call}, {"ltp": 40.0}, 24_600.0))
    add(store, Quote("10:03:00", 24_600, {"ltp": 80.0}, {"ltp": 40.0}, 24_600.0))
    refresh_all(store.connection)
    for metric, strike in (
        ("straddle_series", ()),
        ("fixed_straddle_series", (24_600.0,)),
    ):
        asked = ("NIFTY", EXPIRY, *strike, "1min", OPEN)
        rows = answers(store.connection, metric, *asked)
        found = [(row["straddle"], row["straddle_change"]) for row in rows]
        assert found == [(None, None), (100, 0), (90, -10), (120, 20)]


@pytest.mark.parametrize(
    ("metric", "arguments", "message", "hint"),
    [
        ("expiry_series", ("NIFTY", "pcr"), 'unknown indicator "pcr"', "pcr_oi"),
        ("expiry_series", ("NIFTY", "symbol"), "unknown indicator", "support"),
        ("expiry_series", ("NIFTY", None), "unknown indicator", ""),
        ("expiry_series", ("NIFT", "pcr_oi"), "unknown symbol", "NIFTY"),
        (
            "expiry_series",
            ("NIFTY", "pcr_oi", [date(2025, 9, 3)]),
            "unknown expiry",
            str(EXPIRY),
        ),
        (
            "expiry_series",
            ("NIFTY", "pcr_oi", None, "2min"),
            'unknown timeframe "2min"',
            "1min, 5min, 15min, 1h, 1d",
        ),
        ("straddle_series", ("NIFTY", None, "live"), "unknown timeframe", "15min"),
        ("max_pain_series", ("NIFTY", date(2025, 9, 3)), "unknown expiry", str(LATER)),
        (
            "fixed_straddle_series",
            ("NIFTY", EXPIRY, 24_620.0),
            'unknown strike "24620"',
            "24600, 24650, 24550, 24500",
        ),
        ("fixed_straddle_series", ("NIFTY", EXPIRY, None), "unknown strike NULL", ""),
        (
            "fixed_straddle_series",
            ("NIFTY", date(2025, 9, 3), 24_600.0),
            "unknown expiry",
            str(EXPIRY),
        ),
        (
            "fixed_straddle_series",
            ("NIFTY", EXPIRY, 24_600.0, "5m"),
            "unknown timeframe",
            "5min",
        ),
    ],
)
def test_what_is_not_known_is_refused(
    market: Market, metric: str, arguments: tuple[Any, ...], message: str, hint: str
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=message) as refused:
        answers(market.connection, metric, *arguments)
    assert hint in str(refused.value.diag.message_hint)


def test_without_a_quote_there_is_nothing(connection: psycopg.Connection) -> None:
    for metric in ("straddle_series", "max_pain_series"):
        assert answers(connection, metric, "NIFTY") == []
    assert answers(connection, "expiry_series", "NIFTY", "pcr_oi") == []
