"""ops.load_list: symbols, terms and delisted contracts of a list of instruments."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.feed.instrument_list import InstrumentList, Listed
from pgstrike.jobs.ingest.instruments import Loaded, instrument_lines, load_list
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    MONDAY,
    Quote,
    add,
    ask,
    ist,
    ladder,
    select,
    value,
)

STRIKES = (24_500.0, 24_550.0, 24_600.0, 24_650.0, 24_700.0)
MORNING = ist("08:30:00", MONDAY)


def nifty(
    expiry: date, strikes: Iterable[float] = STRIKES, lot: int = 75
) -> list[Listed]:
    return [Listed("NIFTY", "NSE", expiry, strike, lot, 0.05) for strike in strikes]


def load(
    connection: psycopg.Connection, *contracts: Listed, at: Any = MORNING
) -> Loaded:
    return load_list(connection, InstrumentList("kite", [*contracts], 0), at)


def terms(connection: psycopg.Connection, symbol: str) -> list[tuple[Any, ...]]:
    rows = select(
        connection,
        "SELECT expiry, since > '2000-01-01Z' AS dated, lot, tick FROM fo.contract_terms"
        " WHERE symbol = %s AND source LIKE '%% list' ORDER BY expiry, since",
        symbol,
    )
    return [tuple(row.values()) for row in rows]


def live(store: Store) -> set[tuple[date, float]]:
    refresh_all(store.connection)
    return {(row["expiry"], row["strike"]) for row in ask(store.connection, "chain")}


def test_new_symbols_come_with_exchange_and_terms(
    connection: psycopg.Connection,
) -> None:
    found = [Listed("BRK.B", "NSE", LATER, 500.0, 100, 0.01)]
    assert load(connection, *found)[:3] == (1, 1, 1)
    assert terms(connection, "BRK.B") == [(LATER, False, 100, 0.01)]
    assert load(connection, *found)[:3] == (1, 0, 0)


def test_changed_lot_holds_from_the_time_of_the_list(
    connection: psycopg.Connection,
) -> None:
    contract = Listed("ACME", "NSE", LATER, 500.0, 100, 0.05)
    load(connection, contract)
    assert (
        load(connection, contract._replace(lot=50), at=ist("08:30:00", LATER))[2] == 1
    )
    assert terms(connection, "ACME") == [
        (LATER, False, 100, 0.05),
        (LATER, True, 50, 0.05),
    ]


def test_lots_before_a_list_are_those_of_the_exchange(
    connection: psycopg.Connection,
) -> None:
    """A lot that was revised before is no lot of always."""
    load(
        connection,
        *nifty(date(2026, 3, 31), lot=65),
        at=ist("08:30:00", date(2026, 1, 5)),
    )
    assert terms(connection, "NIFTY") == [(date(2026, 3, 31), True, 65, 0.05)]


def test_contract_that_a_list_lacks_is_delisted(store: Store) -> None:
    """Of listed symbols only, and not what had expired by then."""
    add(
        store,
        *ladder("10:00:00", 24_600.0),
        *ladder("10:00:00", 24_600.0, expiry=LATER),
    )
    add(store, *ladder("10:00:00", 24_600.0, symbol="FINNIFTY"))
    loaded = load(store.connection, *nifty(LATER, STRIKES[1:]))
    assert loaded.delisted == 6
    assert live(store) == {(LATER, strike) for strike in STRIKES[1:]}
    assert len(ask(store.connection, "chain", symbol="FINNIFTY")) == 5
    then = ask(store.connection, "chain", at=ist("10:00:00"))
    assert len(then) == 10
    events = select(
        store.connection,
        "SELECT expiry, payload -> 'expired' AS expired, payload -> 'delisted' AS delisted"
        " FROM fo.event WHERE topic = 'chain' AND payload -> 'rows' IS NULL"
        " ORDER BY expiry DESC",
    )
    assert events == [
        {"expiry": LATER, "expired": None, "delisted": [24_500]},
        {"expiry": EXPIRY, "expired": True, "delisted": None},
    ]


def test_list_says_nothing_of_what_expired_before_it(store: Store) -> None:
    add(store, *ladder("10:00:00", 24_600.0))
    assert (
        load(store.connection, *nifty(LATER), at=ist("08:30:00", LATER)).delisted == 0
    )


def test_what_was_quoted_after_a_list_stays(store: Store) -> None:
    add(store, *ladder("10:00:00", 24_600.0, day=MONDAY))
    assert load(store.connection, *nifty(LATER)).delisted == 0
    assert len(live(store)) == 5


@pytest.mark.parametrize("how", ["quote", "list"])
def test_delisted_contract_is_listed_again(store: Store, how: str) -> None:
    add(store, *ladder("10:00:00", 24_600.0))
    load(store.connection, *nifty(EXPIRY, STRIKES[1:]))
    assert len(live(store)) == 4
    if how == "quote":
        add(store, Quote("10:00:00", STRIKES[0], {"ltp": 1.0}, day=MONDAY))
    else:
        assert load(store.connection, *nifty(EXPIRY)).relisted == 1
    assert len(live(store)) == 5
    newest = "SELECT payload -> 'rows' -> 0 ->> 0 FROM fo.event"
    newest += " WHERE topic = 'chain' AND payload -> 'rows' IS NOT NULL"
    newest += " ORDER BY id DESC LIMIT 1"
    assert float(value(store.connection, newest)) == STRIKES[0]


def test_late_quote_lists_nothing_again(store: Store) -> None:
    add(store, *ladder("10:00:00", 24_600.0))
    load(store.connection, *nifty(EXPIRY, STRIKES[1:]))
    add(store, Quote("10:01:00", STRIKES[0], {"ltp": 1.0}))
    assert len(live(store)) == 4


def test_symbol_of_two_exchanges_has_two_names(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO fo.exchange (exchange, time_zone, opens_at, closes_at)"
        " VALUES ('TWO', 'Asia/Kolkata', '09:15', '15:30')"
    )
    contract = Listed("RELIANCE", "NSE", LATER, 1400.0, 500, 0.05)
    loaded = load(connection, contract._replace(exchange="TWO"), contract)
    assert loaded[:3] == (2, 2, 2)
    assert select(
        connection,
        "SELECT symbol, exchange FROM fo.instrument WHERE symbol LIKE 'RELI%%' ORDER BY 1",
    ) == [
        {"symbol": "RELIANCE", "exchange": "NSE"},
        {"symbol": "RELIANCE.TWO", "exchange": "TWO"},
    ]


def test_what_cannot_be_stored_is_counted_by_reason(
    connection: psycopg.Connection,
) -> None:
    good = Listed("ACME", "NSE", LATER, 500.0, 100, 0.05)
    loaded = load(
        connection, good, good._replace(exchange="BCD"), good._replace(symbol="a b")
    )
    assert loaded.skipped == {
        "a symbol that cannot be stored": 1,
        "exchange BCD": 1,
    }
    assert loaded.symbols == 1


def test_symbol_that_a_list_lacks_is_refused(connection: psycopg.Connection) -> None:
    found = InstrumentList("kite", nifty(LATER), 0)
    with pytest.raises(PgstrikeError, match="the kite list has no options of ACME"):
        load_list(connection, found, MORNING, ["ACME", "NIFTY"])


def test_instruments_are_listed_with_clock_and_contracts(store: Store) -> None:
    add(store, *ladder("10:00:00", 24_600.0))
    load(store.connection, *nifty(EXPIRY, STRIKES[1:]))
    lines = {line.split()[0]: line for line in instrument_lines(store.connection)}
    assert lines["NIFTY"].endswith(
        "clock 2025-08-29 04:30:00 UTC, 1 expiries, 4 contracts, 1 delisted"
    )
    assert lines["BANKNIFTY"].endswith("no quotes")
