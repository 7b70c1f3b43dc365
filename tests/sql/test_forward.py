"""The forward and the underlying of each chain: where they come from, one source by one."""

from datetime import date, datetime
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    MONDAY,
    Leg,
    Quote,
    Row,
    add,
    ist,
    select,
)

RATE = 0.065
BETWEEN = date(2025, 9, 9)
STRIKES = (24_500.0, 24_550.0, 24_600.0, 24_650.0, 24_700.0)


def growth(since: datetime, expiry: date = EXPIRY) -> float:
    """What the rate makes of one from an instant to the close of expiry day."""
    seconds = (ist("15:30:00", expiry) - since).total_seconds()
    return float(np.exp(RATE * seconds / (365 * 86_400)))


def quote(
    time: str, strike: float, forward: float, half: float = 0.0, **of: Any
) -> Quote:
    """A strike whose prices imply the forward exactly; each market is twice `half` wide."""
    since = ist(of.get("stamp") or time, of.get("day", date(2025, 8, 29)))
    put = 300.0
    call = put + (forward - strike) / growth(since, of.get("expiry", EXPIRY))
    legs: list[Leg] = [
        {"bid": mid - half, "ask": mid + half, "ltp": mid} for mid in (call, put)
    ]
    return Quote(time, strike, *legs, **of)


def chain(time: str, forward: float, *strikes: float, **of: Any) -> list[Quote]:
    return [quote(time, strike, forward, **of) for strike in strikes or STRIKES]


def bare(time: str, *strikes: float, **of: Any) -> list[Quote]:
    """Strikes of which nothing is quoted that a forward could be made of."""
    return [Quote(time, strike, {"oi": 75}, **of) for strike in strikes or STRIKES]


def last_only(quotes: list[Quote]) -> list[Quote]:
    """The quotes without their markets."""
    return [
        each._replace(call={"ltp": each.call["ltp"]}, put={"ltp": each.put["ltp"]})
        for each in quotes
    ]


def found(connection: psycopg.Connection) -> list[Row]:
    """One row per chain, in order; whatever is true of a chain is true of all its quotes."""
    return select(
        connection,
        "SELECT DISTINCT quote_time, expiry, underlying, underlying_source,"
        " forward, forward_source FROM fo.option_quote ORDER BY quote_time, expiry",
    )


def sources(connection: psycopg.Connection) -> list[tuple[Any, Any]]:
    return [
        (row["underlying_source"], row["forward_source"]) for row in found(connection)
    ]


def underlyings(connection: psycopg.Connection) -> list[float]:
    return [row["underlying"] for row in found(connection)]


# The forward


def test_forward_of_the_feed_comes_first(
    store: Store, connection: psycopg.Connection
) -> None:
    """That of the lowest strike which has one; the underlying is still what prices imply."""
    quotes = chain("10:00:00", 24_610.0)
    quotes[1] = quotes[1]._replace(forward=24_700.0)
    quotes[2] = quotes[2]._replace(forward=24_800.0)
    add(store, *quotes)
    [row] = found(connection)
    assert (row["forward"], row["forward_source"]) == (24_700, "feed")
    assert row["underlying"] == pytest.approx(24_610 / growth(ist("10:00:00")))
    assert row["underlying_source"] == "parity"


@pytest.mark.parametrize(
    ("count", "half", "source"),
    [(2, 6.1, "parity"), (2, 6.2, None), (1, 6.1, "parity"), (3, 20.0, "parity")],
)
def test_few_strikes_imply_a_forward_where_their_spreads_are_small(
    store: Store, connection: psycopg.Connection, count: int, half: float, source: str
) -> None:
    """Two spreads together of at most a thousandth of the strike, of each one that votes."""
    add(store, *chain("10:00:00", 24_610.0, *STRIKES[:count], half=half))
    [row] = found(connection)
    assert row["forward_source"] == source
    assert row["forward"] == (pytest.approx(24_610) if source else None)


def test_one_wide_market_of_two_is_one_too_many(
    store: Store, connection: psycopg.Connection
) -> None:
    add(
        store,
        quote("10:00:00", 24_600, 24_610.0),
        quote("10:00:00", 24_650, 24_610.0, half=10),
    )
    assert sources(connection) == [(None, None)]


def test_last_prices_count_where_nothing_has_a_market(
    store: Store, connection: psycopg.Connection
) -> None:
    quotes = last_only(chain("10:00:00", 24_610.0))
    quotes[0] = quotes[0]._replace(call={**quotes[0].call, "bid": 1.0})
    add(store, *quotes)
    [row] = found(connection)
    assert (row["forward"], row["forward_source"]) == (pytest.approx(24_610), "last")
    assert row["underlying_source"] == "parity"


@pytest.mark.parametrize("market", [{"bid": 1.0, "ask": 2.0}, {"bid": 2.0, "ask": 1.0}])
def test_last_prices_do_not_count_beside_a_market(
    store: Store, connection: psycopg.Connection, market: Leg
) -> None:
    """Of whatever leg, and however bad it is."""
    quotes = last_only(chain("10:00:00", 24_610.0))
    quotes[-1] = quotes[-1]._replace(put={**quotes[-1].put, **market})
    add(store, *quotes)
    assert sources(connection) == [(None, None)]


def test_two_last_prices_are_too_few(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, *last_only(chain("10:00:00", 24_610.0, 24_600, 24_650)))
    assert sources(connection) == [(None, None)]


def test_underlying_of_the_feed_is_a_forward_at_the_rate(
    store: Store, connection: psycopg.Connection
) -> None:
    """Of each chain that has none; the nearest expiry's is not asked then."""
    add(
        store,
        *chain("10:00:00", 24_650.0, underlying=24_600.0),
        *bare("10:00:00", underlying=24_600.0, expiry=LATER),
    )
    near, later = found(connection)
    assert (near["forward_source"], later["forward_source"]) == ("parity", "underlying")
    assert later["forward"] == pytest.approx(24_600 * growth(ist("10:00:00"), LATER))


def test_nearest_expiry_lends_its_forward(
    store: Store, connection: psycopg.Connection
) -> None:
    """Of two as near the earlier, carried at the rate, whatever its own source is."""
    add(
        store,
        *chain("10:00:00", 24_610.0),
        *bare("10:00:00", expiry=BETWEEN),
        *last_only(chain("10:00:00", 24_700.0, expiry=date(2025, 9, 16))),
        *bare("10:00:00", expiry=LATER),
    )
    _, between, last, later = found(connection)
    close = ist("15:30:00", EXPIRY)
    assert between["forward"] == pytest.approx(24_610 * growth(close, BETWEEN))
    close = ist("15:30:00", date(2025, 9, 16))
    assert later["forward"] == pytest.approx(24_700 * growth(close, LATER))
    assert [row["forward_source"] for row in (between, last, later)] == [
        "other_expiry",
        "last",
        "other_expiry",
    ]
    assert len({row["underlying"] for row in (between, last, later)}) == 1


@pytest.mark.parametrize(("stamp", "is_old"), [("09:55:00", False), ("09:54:59", True)])
def test_time_stands_still_with_the_exchanges_stamp(
    store: Store, connection: psycopg.Connection, stamp: str, is_old: bool
) -> None:
    """More than five minutes old, it is what the time to expiry is counted from."""
    quotes = [
        each._replace(stamp=ist(stamp))
        for each in chain("10:00:00", 24_610.0, stamp=stamp if is_old else None)
    ]
    add(
        store,
        *quotes,
        *bare("10:00:00", expiry=LATER, underlying=24_600.0, stamp=ist(stamp)),
    )
    near, later = found(connection)
    since = ist(stamp if is_old else "10:00:00")
    assert near["forward"] == pytest.approx(24_610, rel=1e-12)
    assert later["forward"] == pytest.approx(24_600 * growth(since, LATER), rel=1e-12)


def test_chain_is_as_young_as_its_newest_stamp(
    store: Store, connection: psycopg.Connection
) -> None:
    stamps = ("09:30:00", "09:40:00", "09:50:00")
    add(
        store,
        *(
            Quote("10:00:00", strike, underlying=24_600.0, stamp=ist(stamp))
            for strike, stamp in zip(STRIKES, stamps, strict=False)
        ),
    )
    [row] = found(connection)
    assert row["forward"] == pytest.approx(24_600 * growth(ist("09:50:00")), rel=1e-12)


# The underlying


@pytest.mark.parametrize("lacks", range(4))
def test_rows_without_an_underlying_change_nothing(
    store: Store, connection: psycopg.Connection, lacks: int
) -> None:
    """It is one for the chain: that of its lowest strike which has one."""
    quotes = chain("10:00:00", 24_610.0)
    add(
        store,
        *quotes[:lacks],
        *(
            each._replace(underlying=24_601.0 + place)
            for place, each in enumerate(quotes[lacks:])
        ),
    )
    rows = select(connection, "SELECT * FROM fo.option_quote ORDER BY strike")
    assert {row["underlying"] for row in rows} == {24_601}
    assert {row["underlying_source"] for row in rows} == {"feed"}
    assert [row["moneyness_level"] for row in rows] == [-2, -1, 0, 1, 2]
    [moment] = select(connection, "SELECT * FROM fo.underlying_quote")
    assert (moment["underlying"], moment["underlying_source"]) == (24_601, "feed")


def test_underlying_is_carried_with_what_prices_imply(
    store: Store, connection: psycopg.Connection
) -> None:
    """At most fifteen minutes; what the implied spot has moved by is known or is nothing."""
    add(store, *chain("10:00:00", 24_650.0, underlying=24_600.0))
    add(store, *chain("10:05:00", 24_670.0))
    add(store, *bare("10:06:00"))
    add(store, *bare("10:15:00"))
    add(store, *bare("10:15:01"))
    moved = 24_670 / growth(ist("10:05:00")) - 24_650 / growth(ist("10:00:00"))
    assert underlyings(connection)[:4] == pytest.approx(
        [24_600, 24_600 + moved, 24_600, 24_600], rel=1e-12
    )
    assert sources(connection) == [
        ("feed", "parity"),
        ("carried", "parity"),
        ("carried", "underlying"),
        ("carried", "underlying"),
        (None, None),
    ]


def test_underlying_of_one_expiry_is_that_of_the_others(
    store: Store, connection: psycopg.Connection
) -> None:
    """Of several the earliest expiry's, in the snapshot and after it."""
    add(
        store,
        *bare("10:00:00"),
        *bare("10:00:00", expiry=BETWEEN, underlying=24_600.0),
        *bare("10:00:00", expiry=LATER, underlying=24_700.0),
        *bare("10:01:00"),
    )
    assert underlyings(connection) == [24_600, 24_600, 24_700, 24_600]
    assert [source for source, _ in sources(connection)] == [
        "carried",
        "feed",
        "feed",
        "carried",
    ]
    moments = select(
        connection, "SELECT * FROM fo.underlying_quote ORDER BY quote_time"
    )
    assert [moment["underlying_source"] for moment in moments] == ["feed", "carried"]


def test_underlying_of_each_expiry_is_carried_by_itself(
    store: Store, connection: psycopg.Connection
) -> None:
    """Where the feed has one for each: also a late one, and though another came since."""
    connection.execute("UPDATE fo.instrument SET underlying_kind = 'expiry'")
    add(
        store,
        *bare("10:01:00", underlying=24_600.0),
        *bare("10:01:00", expiry=LATER),
        *bare("10:02:00"),
        *bare("10:02:00", expiry=LATER),
    )
    assert sources(connection)[1] == (None, "other_expiry")
    add(store, *bare("10:00:00", expiry=LATER, underlying=24_700.0))
    assert underlyings(connection) == [24_700, 24_600, 24_700, 24_600, 24_700]
    assert [source for source, _ in sources(connection)] == [
        "feed",
        "feed",
        *["carried"] * 3,
    ]


def test_nothing_is_carried_into_another_session_or_out_of_one(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, *bare("15:29:00", underlying=24_600.0), *bare("15:31:00"))
    add(store, *bare("09:15:00", day=MONDAY))
    add(store, *bare("09:05:00", underlying=24_500.0, day=MONDAY))
    assert [source for source, _ in sources(connection)] == ["feed", None, "feed", None]


# In whatever order


def changed(connection: psycopg.Connection) -> list[tuple[float, str]]:
    """The underlying at each instant, which is that of all quotes of it."""
    rows = found(connection)
    moments = select(
        connection, "SELECT * FROM fo.underlying_quote ORDER BY quote_time"
    )
    assert [(row["underlying"], row["underlying_source"]) for row in rows] == [
        (row["underlying"], row["underlying_source"]) for row in moments
    ]
    return [(row["underlying"], row["underlying_source"]) for row in rows]


def test_late_underlying_is_carried_to_what_is_stored(
    store: Store, connection: psycopg.Connection
) -> None:
    """Up to the next one, and to fifteen minutes."""
    for minute in (1, 2, 4, 14, 16):
        add(store, *bare(f"10:{minute:02}:00"))
    add(store, *bare("10:00:00", underlying=24_600.0))
    carried = (24_600.0, "carried")
    assert changed(connection) == [(24_600, "feed"), *[carried] * 4, (None, None)]
    add(store, *bare("10:03:00", underlying=24_650.0))
    after = (24_650.0, "carried")
    assert changed(connection) == [
        (24_600, "feed"),
        *[carried] * 2,
        (24_650, "feed"),
        *[after] * 3,
    ]


def test_corrected_underlying_is_carried_anew(
    store: Store, connection: psycopg.Connection
) -> None:
    """And one that is taken back is carried no more: the one before it is."""
    add(
        store, *bare("10:00:00", underlying=24_600.0), *bare("10:01:00", underlying=1.0)
    )
    add(store, *bare("10:02:00"), *bare("10:14:00"), *bare("10:16:00"))
    add(store, *bare("10:01:00", underlying=24_650.0))
    assert [price for price, _ in changed(connection)] == [24_600, *[24_650] * 4]
    add(store, *bare("10:01:00"))
    assert changed(connection) == [
        (24_600, "feed"),
        *[(24_600, "carried")] * 3,
        (None, None),
    ]


def test_late_prices_move_what_is_carried_from_them(
    store: Store, connection: psycopg.Connection
) -> None:
    """The fed snapshot had no forward until the rest of its strikes came."""
    first, *rest = chain("10:00:00", 24_650.0, half=10, underlying=24_600.0)
    add(store, first)
    add(store, *chain("10:05:00", 24_670.0))
    assert underlyings(connection)[1] == 24_600
    add(store, *rest)
    moved = 24_670 / growth(ist("10:05:00")) - 24_650 / growth(ist("10:00:00"))
    assert underlyings(connection)[1] == pytest.approx(24_600 + moved, rel=1e-12)


def test_leg_that_becomes_a_drop_out_moves_what_is_carried(
    store: Store, connection: psycopg.Connection
) -> None:
    """A late quote takes a vote from a snapshot that others carry from."""

    def with_volume(quotes: list[Quote], volume: int) -> list[Quote]:
        return [
            each._replace(call={**each.call, "volume": volume, "oi": None})
            for each in quotes
        ]

    fed = chain("10:00:00", 24_650.0, *STRIKES[:3], half=10, underlying=24_600.0)
    add(store, *with_volume(fed, 0), *chain("10:05:00", 24_670.0))
    moved = 24_670 / growth(ist("10:05:00")) - 24_650 / growth(ist("10:00:00"))
    assert underlyings(connection)[1] == pytest.approx(24_600 + moved, rel=1e-12)
    add(store, *with_volume(bare("09:59:00", STRIKES[0]), 75))
    assert underlyings(connection)[-1] == 24_600
