"""Watchlists in SQL: their rows are those of analytics.chain, as far as the reader may read."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from tests.support.grants import acting, add_key
from tests.support.live_market import (
    DEATH,
    EXPIRIES,
    STRIKES,
    UNDERLYING,
    open_store,
    quote,
    refresh,
)
from tests.support.quote_market import Row, select, value

SYMBOLS = ("NIFTY", "BANKNIFTY")
FRONT, NEXT = (expiry.isoformat() for expiry in EXPIRIES)
Acting = Callable[[str], psycopg.Connection]


@pytest.fixture
def stock() -> Callable[[psycopg.Connection], None]:
    return two_symbols


def two_symbols(connection: psycopg.Connection) -> None:
    """Two symbols, their figures told apart; a key of both, and one of NIFTY alone."""
    store = open_store(connection)
    for seed, symbol in enumerate(SYMBOLS):
        quote(store, 0, symbol=symbol, seed=seed)
    refresh(connection)
    add_key(connection, "both", "key-of-both")
    add_key(connection, "one", "key-of-one", symbols=["NIFTY"])


@pytest.fixture
def reader(dsn: str, stock: object, connection: psycopg.Connection) -> Iterator[Acting]:
    """Connections as the api has them, by the name of their key."""
    with ExitStack() as opened:
        yield lambda key: opened.enter_context(acting(dsn, key))


def item(symbol: str, expiry: str, **strikes: Any) -> dict[str, Any]:
    return {"symbol": symbol, "expiry": expiry, **strikes}


def set_list(
    connection: psycopg.Connection, *items: dict[str, Any], name: str = "mine"
) -> bool:
    made = value(
        connection, "SELECT ops.set_watchlist(%s, %s)", name, json.dumps(items)
    )
    assert isinstance(made, bool)
    return made


def shown(connection: psycopg.Connection, name: str = "mine") -> list[Row]:
    return select(connection, "SELECT * FROM analytics.watchlist(%s)", name)


def chain(connection: psycopg.Connection, symbol: str, expiry: str) -> list[Row]:
    found = select(
        connection, "SELECT * FROM analytics.chain(%s, %s::date)", symbol, expiry
    )
    return [{"symbol": symbol, **row} for row in found]


def keys(rows: list[Row]) -> list[tuple[str, str, float]]:
    return [(row["symbol"], str(row["expiry"]), row["strike"]) for row in rows]


def refused(
    connection: psycopg.Connection, *items: Any, name: str = "mine"
) -> tuple[str | None, str | None]:
    """The code, and the field."""
    with pytest.raises(psycopg.errors.InvalidParameterValue) as error:
        set_list(connection, *items, name=name)
    says = error.value.diag
    assert says.message_primary and "\n" not in says.message_primary
    assert says.message_hint
    return says.constraint_name, says.column_name


def test_rows_are_those_of_the_chain(reader: Acting) -> None:
    both = reader("both")
    assert set_list(both, item("NIFTY", "front"), item("BANKNIFTY", NEXT))
    rows = shown(both)
    assert rows == [*chain(both, "NIFTY", FRONT), *chain(both, "BANKNIFTY", NEXT)]
    assert len(rows) == 2 * len(STRIKES)
    assert [*rows[0]] == ["symbol", *list(chain(both, "NIFTY", FRONT)[0])[1:]]


@pytest.mark.parametrize(
    ("strikes", "wanted"),
    [
        ({}, STRIKES),
        ({"strikes": "atm:0"}, (24500.0,)),
        ({"strikes": "atm:1"}, (24450.0, 24500.0, 24550.0)),
        ({"strikes": "24450..24500"}, (24450.0, 24500.0)),
        ({"strikes": "24450"}, (24450.0,)),
        ({"strike": 24450}, (24450.0,)),
        ({"strikes": "1..2"}, ()),
    ],
)
def test_strikes_are_those_of_the_language(
    reader: Acting, strikes: dict[str, Any], wanted: tuple[float, ...]
) -> None:
    both = reader("both")
    set_list(both, item("NIFTY", "front", **strikes))
    assert keys(shown(both)) == [("NIFTY", FRONT, strike) for strike in wanted]
    words = [str(x) for x in strikes.values()]
    asked = {"symbol": ["NIFTY"], "expiry": ["front"]}
    of_chain = value(
        both,
        "SELECT count(*) FROM ops.metric_rows('chain', %s::jsonb) AS page,"
        " json_array_elements(('[' || page.rows || ']')::json)",
        json.dumps(asked | ({"strikes": words} if words else {})),
    )
    assert of_chain == len(wanted)


def test_order_is_that_of_the_items(reader: Acting) -> None:
    both = reader("both")
    set_list(
        both,
        item("NIFTY", NEXT, strike=24600),
        item("BANKNIFTY", "all", strike=24400),
        item("NIFTY", NEXT, strikes="24550..24600"),
        item("NIFTY", "front", strike=24400),
    )
    assert keys(shown(both)) == [
        ("NIFTY", NEXT, 24600.0),
        ("BANKNIFTY", FRONT, 24400.0),
        ("BANKNIFTY", NEXT, 24400.0),
        ("NIFTY", NEXT, 24550.0),
        ("NIFTY", FRONT, 24400.0),
    ]


def test_each_item_has_its_own_levels(reader: Acting) -> None:
    both = reader("both")
    set_list(
        both,
        item("NIFTY", "front", strikes="atm:0"),
        item("NIFTY", "next", strikes="atm:1"),
        item("BANKNIFTY", "front", strikes="atm:1"),
        item("NIFTY", "front", strikes="atm:1"),
    )
    near = (24450.0, 24500.0, 24550.0)
    assert keys(shown(both)) == [
        ("NIFTY", FRONT, 24500.0),
        *(("NIFTY", NEXT, strike) for strike in near),
        *(("BANKNIFTY", FRONT, strike) for strike in near),
        ("NIFTY", FRONT, 24450.0),
        ("NIFTY", FRONT, 24550.0),
    ]


def test_list_is_replaced_listed_and_removed(reader: Acting) -> None:
    both = reader("both")
    items = [
        item("NIFTY", "front", strikes="atm:5"),
        item("NIFTY", FRONT, strike=24500),
        item("NIFTY", "all", strikes="24450.5..24500"),
        item("BANKNIFTY", "next"),
    ]
    assert set_list(both, *items)
    listed = "SELECT name, items FROM ops.watchlists()"
    assert select(both, listed) == [{"name": "mine", "items": items}]
    assert not set_list(both, item("NIFTY", "next"))
    assert set_list(both, name="empty")
    assert select(both, listed) == [
        {"name": "empty", "items": []},
        {"name": "mine", "items": [item("NIFTY", "next")]},
    ]
    assert shown(both) == chain(both, "NIFTY", NEXT) and shown(both, "empty") == []
    both.execute("SELECT ops.remove_watchlist('mine')")
    assert select(both, listed) == [{"name": "empty", "items": []}]


def test_what_is_wrong_is_told_with_its_place(
    reader: Acting, connection: psycopg.Connection
) -> None:
    both, good = reader("both"), item("NIFTY", "front")
    for wrong, code, member in (
        (item("NOSUCH", "front"), "unknown_symbol", ".symbol"),
        (item("NIFTY", "2025-09-03"), "unknown_expiry", ".expiry"),
        (item("NIFTY", "2025-13-03"), "bad_expiry", ".expiry"),
        (item("NIFTY", "soon"), "bad_expiry", ".expiry"),
        ({"symbol": "NIFTY"}, "bad_expiry", ".expiry"),
        ({"expiry": "front"}, "unknown_symbol", ".symbol"),
        (item("NIFTY", FRONT, strike=1), "unknown_strike", ".strike"),
        (item("NIFTY", "front", strike=1), "unknown_strike", ".strike"),
        (item("NIFTY", "front", strike=1e300), "bad_strike", ".strike"),
        (item("NIFTY", "front", strike=-1), "bad_strike", ".strike"),
        (item("NIFTY", "front", strike="24500"), "bad_items", ".strike"),
        (item("NIFTY", "front", strikes=24500), "bad_items", ".strikes"),
        (item("NIFTY", "front", strikes="atm:1001"), "bad_strikes", ".strikes"),
        (item("NIFTY", "front", strikes="2..1"), "bad_strikes", ".strikes"),
        (item("NIFTY", "front", strikes=""), "bad_strikes", ".strikes"),
        (
            item("NIFTY", "front", strikes="atm:1", strike=24500),
            "repeated_parameter", ".strike",
        ),
        (item("NIFTY", "front", colour="red"), "bad_items", ".colour"),
        ("NIFTY", "bad_items", ""),
        (None, "bad_items", ""),
    ):  # fmt: skip
        assert refused(both, good, wrong) == (code, f"items[1]{member}"), wrong
    assert refused(both, good, name="No Name") == ("bad_name", "name")
    assert value(connection, "SELECT count(*) FROM job.watchlist") == 0
    for items in ("{}", "null", "3"):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="no array"):
            both.execute("SELECT ops.set_watchlist('mine', %s)", [items])


def test_refused_list_stays_as_it_was(reader: Acting) -> None:
    both = reader("both")
    set_list(both, item("NIFTY", "front"))
    refused(both, item("NIFTY", "next"), item("NOSUCH", "front"))
    assert shown(both) == chain(both, "NIFTY", FRONT)


def test_hidden_symbol_is_as_one_that_does_not_exist(reader: Acting) -> None:
    one = reader("one")
    said = []
    for symbol in ("BANKNIFTY", "NOSUCHONE"):
        with pytest.raises(psycopg.errors.InvalidParameterValue) as error:
            set_list(one, item(symbol, FRONT, strike=24500))
        said.append(str(error.value).replace(symbol, "X"))
    assert said[0] == said[1]


def test_right_that_is_taken_away_hides_its_rows(
    reader: Acting, connection: psycopg.Connection
) -> None:
    both = reader("both")
    items = [item("BANKNIFTY", "front"), item("NIFTY", "front")]
    set_list(both, *items)
    assert len(shown(both)) == 2 * len(STRIKES)
    change = "UPDATE job.api_key SET {} WHERE name = 'both'"
    connection.execute(change.format("symbols = '{NIFTY}'"))
    assert shown(both) == chain(both, "NIFTY", FRONT)
    assert select(both, "SELECT items FROM ops.watchlists()") == [{"items": items}]
    connection.execute(change.format("topics = '{task}'"))
    assert select(both, "SELECT * FROM ops.watchlists()") == []
    for statement in (
        "SELECT * FROM analytics.watchlist('mine')",
        "SELECT ops.remove_watchlist('mine')",
        "SELECT ops.set_watchlist('mine', '[]')",
    ):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="topic chain"):
            both.execute(statement.encode())


def test_list_of_another_key_is_as_none(reader: Acting) -> None:
    both, one = reader("both"), reader("one")
    set_list(both, item("NIFTY", "front"))
    assert select(one, "SELECT * FROM ops.watchlists('mine')") == []
    for statement in (
        "SELECT * FROM analytics.watchlist('mine')",
        "SELECT ops.remove_watchlist('mine')",
        "SELECT ops.watchlist_rows('mine')",
    ):
        with pytest.raises(psycopg.errors.InvalidParameterValue) as error:
            one.execute(statement.encode())
        assert error.value.diag.constraint_name == "unknown_watchlist"
    # Each key has names of its own.
    assert set_list(one, item("NIFTY", "next"))
    assert shown(both) == chain(both, "NIFTY", FRONT)
    assert shown(one) == chain(one, "NIFTY", NEXT)


def test_expired_contracts_leave_the_list(
    reader: Acting, connection: psycopg.Connection
) -> None:
    both = reader("both")
    set_list(both, item("NIFTY", FRONT), item("NIFTY", "front"), item("NIFTY", "next"))
    assert len(shown(both)) == 2 * len(STRIKES)
    quote(open_store(connection), DEATH, expiries=EXPIRIES[1:])
    refresh(connection)
    assert shown(both) == chain(both, "NIFTY", NEXT)


def test_money_is_followed(reader: Acting, connection: psycopg.Connection) -> None:
    both = reader("both")
    set_list(both, item("NIFTY", "front", strikes="atm:0"))
    quote(open_store(connection), 1, underlying=UNDERLYING + 50)
    refresh(connection)
    assert keys(shown(both)) == [("NIFTY", FRONT, 24550.0)]


def test_key_has_fifty_lists_of_five_hundred_items(reader: Acting) -> None:
    both = reader("both")
    most = [item("NIFTY", "all", strike=strike) for strike in STRIKES * 100]
    assert set_list(both, *most)
    assert len(shown(both)) == 2 * len(STRIKES)
    assert refused(both, *most, most[0]) == ("too_many_items", "items")
    for number in range(49):
        set_list(both, name=f"list-{number}")
    assert refused(both, name="one-more") == ("too_many_watchlists", "")
    assert not set_list(both, name="list-7")
    assert set_list(reader("one"))
