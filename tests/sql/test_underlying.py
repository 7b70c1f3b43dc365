"""The underlying of each chain: fed, carried or implied, and what a late quote changes."""

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
    sources,
    underlyings,
)
from tests.support.quote_market import (
    LATER,
    MONDAY,
    Quote,
    add,
    ist,
    select,
)


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
