"""The forward of each chain: where it comes from, one source by one."""

from datetime import date

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.priced_chains import (
    BETWEEN,
    STRIKES,
    bare,
    chain,
    found,
    growth,
    last_only,
    quote,
    sources,
)
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    Leg,
    Quote,
    add,
    ist,
)


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
