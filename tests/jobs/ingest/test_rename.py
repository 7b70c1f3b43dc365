"""jobs.ingest.rename: a renamed symbol keeps its history."""

from datetime import date
from typing import Any

import psycopg
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.ingest.rename import rename
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import (
    FRIDAY,
    LATER,
    THURSDAY,
    Quote,
    add,
    ask,
    ladder,
    open_store,
    select,
    value,
)

pytestmark = pytest.mark.both_engines

TABLES = {
    "fo.option_quote": "expiry, strike, quote_time",
    "fo.contract": "expiry, strike",
    "fo.underlying_quote": "quote_time",
    "fo.option_strike_bars_1d": "expiry, strike, bucket_time",
    "fo.underlying_bars_1d": "bucket_time",
    "fo.expiry_metrics": "expiry, bucket_time",
    "fo.latest_snapshot": "timeframe, expiry, strike",
}


@pytest.fixture
def store(store: Store) -> Store:
    """It knows both names."""
    store.connection.execute(
        "INSERT INTO fo.instrument (symbol, exchange)"
        " VALUES ('MCDOWELL-N', 'NSE'), ('UNITDSPR', 'NSE')"
    )
    return store


def chain(time: str, symbol: str, day: date = THURSDAY) -> list[Quote]:
    return ladder(time, 24_610.0, symbol=symbol, day=day, expiry=LATER)


def contents(
    connection: psycopg.Connection, symbol: str
) -> dict[str, list[dict[str, Any]]]:
    return {
        table: select(
            connection,
            f"SELECT * FROM {table} WHERE symbol = %s ORDER BY {key}",
            symbol,
        )
        for table, key in TABLES.items()
    }


def test_history_goes_over_to_the_new_name(
    store: Store, apart: psycopg.Connection
) -> None:
    """As if the symbol had always been called so; nothing is left under the old name."""
    connection = store.connection
    for name in ("MCDOWELL-N", "BANKNIFTY"):
        add(store, *chain("10:00:00", name), *chain("10:01:00", name))
    assert rename(apart, "MCDOWELL-N", "UNITDSPR") == 10
    refresh_all(connection)
    joined = contents(connection, "UNITDSPR")
    twin = contents(connection, "BANKNIFTY")
    for table, rows in twin.items():
        assert [{**row, "symbol": "UNITDSPR"} for row in rows] == joined[table], table
        assert rows
    assert not any(contents(connection, "MCDOWELL-N").values())
    assert len(ask(connection, "chain", symbol="UNITDSPR")) == 5


def test_quotes_under_the_old_name_are_stored_under_the_new(
    dsn: str, store: Store, apart: psycopg.Connection
) -> None:
    add(store, *chain("10:00:00", "MCDOWELL-N"))
    rename(apart, "MCDOWELL-N", "UNITDSPR")
    both = [
        *chain("10:00:00", "MCDOWELL-N", FRIDAY),
        *chain("10:01:00", "UNITDSPR", FRIDAY),
    ]
    later = open_store(dsn)
    with later.connection:
        assert add(later, *both).stored == 10
    names = "SELECT array_agg(DISTINCT symbol) FROM fo.option_quote"
    assert value(store.connection, names) == ["UNITDSPR"]


def test_keys_terms_and_earlier_names_go_over(
    store: Store, apart: psycopg.Connection
) -> None:
    connection = store.connection
    add(store, *chain("10:00:00", "MCDOWELL-N"))
    connection.execute(
        "INSERT INTO fo.contract_terms (symbol, expiry, lot, source)"
        " VALUES ('MCDOWELL-N', '2025-09-30', 700, 'list')"
    )
    connection.execute("INSERT INTO fo.symbol_alias VALUES ('UNITED', 'MCDOWELL-N')")
    rename(apart, "MCDOWELL-N", "UNITDSPR")
    lot = "SELECT lot FROM fo.contract_terms WHERE symbol = 'UNITDSPR'"
    assert value(connection, lot) == 700
    assert select(connection, "SELECT * FROM fo.symbol_alias ORDER BY alias") == [
        {"alias": "MCDOWELL-N", "symbol": "UNITDSPR"},
        {"alias": "UNITED", "symbol": "UNITDSPR"},
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("ACME", "UNITDSPR", "unknown symbol ACME; see `pgstrike instrument list`"),
        ("MCDOWELL-N", "MCDOWELL-N", "is called so already"),
        ("MCDOWELL-N", "UNITDSPR", "5 quotes in all; they are two symbols"),
    ],
)
def test_names_that_cannot_be_joined_are_refused(
    store: Store, apart: psycopg.Connection, old: str, new: str, says: str
) -> None:
    add(store, *chain("10:00:00", "MCDOWELL-N"), *chain("10:00:00", "UNITDSPR"))
    refresh_all(store.connection)
    before = contents(store.connection, "MCDOWELL-N")
    with pytest.raises(PgstrikeError, match=says):
        rename(apart, old, new)
    assert contents(store.connection, "MCDOWELL-N") == before
