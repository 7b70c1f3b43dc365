"""jobs.ingest.redate: an expiry that was moved to another day, with its history."""

from datetime import date
from typing import Any

import psycopg
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.ingest.redate import redate
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import (
    FRIDAY,
    LATER,
    THURSDAY,
    Quote,
    add,
    ask,
    ist,
    ladder,
    select,
    value,
)

pytestmark = pytest.mark.both_engines

OLD, NEW = date(2025, 9, 25), date(2025, 9, 30)

TABLES = {
    "fo.option_quote": "symbol, expiry, strike, quote_time",
    "fo.quote_dropout": "symbol, expiry, strike, quote_time, leg",
    "fo.contract": "symbol, expiry, strike",
    "fo.underlying_quote": "symbol, quote_time",
    "fo.option_strike_bars_1min": "symbol, expiry, strike, bucket_time",
    "fo.option_strike_bars_1d": "symbol, expiry, strike, bucket_time",
    "fo.moneyness_bars_5min": "symbol, expiry, moneyness_level, bucket_time",
    "fo.expiry_metrics": "symbol, expiry, bucket_time",
    "fo.expiry_metrics_1d": "symbol, expiry, bucket_time",
    "fo.latest_snapshot": "timeframe, symbol, expiry, strike",
}


def chain(
    time: str, day: date, expiry: date, more: int, symbol: str = "NIFTY"
) -> list[Quote]:
    """A priced ladder, so that forward and IV depend on the expiry."""
    quotes = ladder(time, 24_610.0, day=day, expiry=expiry, symbol=symbol)
    return [
        quote._replace(
            call={
                "ltp": 24_900 - quote.strike,
                "volume": 750 + more,
                "oi": 7500 + more,
            },
            put={
                "ltp": quote.strike - 24_300,
                "volume": 1500 + more,
                "oi": 3000 - more,
            },
        )
        for quote in quotes
    ]


def market(store: Store, first: date, symbol: str = "NIFTY") -> None:
    """Two sessions: the first with that expiry, a drop-out in it, the second re-dated."""
    for minute in range(3):
        add(store, *chain(f"10:0{minute}:00", THURSDAY, first, 75 * minute, symbol))
    fallen = [
        quote._replace(call={"ltp": 1.0, "volume": 0, "oi": 0})
        for quote in chain("10:03:00", THURSDAY, first, 225, symbol)
    ]
    add(store, *fallen)
    for minute in range(2):
        add(store, *chain(f"10:0{minute}:00", FRIDAY, NEW, 300 + 75 * minute, symbol))
    refresh_all(store.connection)


def contents(connection: psycopg.Connection) -> dict[str, list[dict[str, Any]]]:
    return {
        table: select(connection, f"SELECT * FROM {table} ORDER BY {key}")
        for table, key in TABLES.items()
    }


def test_redated_expiry_is_as_if_it_had_been_known_from_the_start(
    store: Store, apart: psycopg.Connection
) -> None:
    """Figure for figure, in every table; nothing of the old day is left."""
    connection = store.connection
    market(store, OLD)
    assert redate(apart, "NIFTY", OLD, NEW) == 20
    refresh_all(connection)
    joined = contents(connection)
    connection.execute(
        "INSERT INTO fo.instrument (symbol, exchange) VALUES ('TWIN', 'NSE')"
    )
    market(store, NEW, "TWIN")
    for table, rows in contents(connection).items():
        of_twin = [
            {**row, "symbol": "NIFTY"} for row in rows if row["symbol"] == "TWIN"
        ]
        of_joined = [row for row in rows if row["symbol"] == "NIFTY"]
        assert of_joined == joined[table], table
        assert of_joined == of_twin and of_twin, table


def test_change_of_oi_joins(store: Store, apart: psycopg.Connection) -> None:
    market(store, OLD)
    redate(apart, "NIFTY", OLD, NEW)
    refresh_all(store.connection)
    changes = ask(store.connection, "oi_change", expiry=NEW)
    assert {row["put_oi_change"] for row in changes} == {-150}
    then = ask(store.connection, "chain", at=ist("10:02:30", THURSDAY))
    assert [row["expiry"] for row in then] == [NEW] * 5


def test_readers_are_told_that_the_old_day_is_gone(
    store: Store, apart: psycopg.Connection
) -> None:
    market(store, OLD)
    before = value(store.connection, "SELECT max(id) FROM fo.event")
    redate(apart, "NIFTY", OLD, NEW)
    gone = select(
        store.connection,
        "SELECT expiry FROM fo.event WHERE id > %s AND payload ->> 'expired' = 'true'",
        before,
    )
    assert gone == [{"expiry": OLD}]


def test_terms_go_over(store: Store, apart: psycopg.Connection) -> None:
    market(store, OLD)
    store.connection.execute(
        "INSERT INTO fo.contract_terms (symbol, expiry, lot, source)"
        " VALUES ('NIFTY', %s, 75, 'list')",
        [OLD],
    )
    redate(apart, "NIFTY", OLD, NEW)
    found = "SELECT expiry FROM fo.contract_terms WHERE source = 'list'"
    assert value(store.connection, found) == NEW


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ACME", OLD, NEW), "unknown symbol ACME; see `pgstrike instrument list`"),
        (("BANKNIFTY", OLD, NEW), "BANKNIFTY has no quotes"),
        (("NIFTY", LATER.replace(day=1), NEW), "no contracts of 2025-09-01; it has"),
        (("NIFTY", OLD, OLD), "give the old and the new day"),
        (("NIFTY", OLD, date(2025, 8, 20)), "5 quotes of NIFTY cannot be stored so"),
    ],
)
def test_wrong_move_is_refused_and_changes_nothing(
    store: Store,
    apart: psycopg.Connection,
    arguments: tuple[str, date, date],
    says: str,
) -> None:
    add(store, *chain("10:00:00", THURSDAY, OLD, 0))
    refresh_all(store.connection)
    before = contents(store.connection)
    with pytest.raises(PgstrikeError, match=says):
        redate(apart, *arguments)
    assert contents(store.connection) == before


def test_two_expiries_of_one_instant_are_not_joined(
    store: Store, apart: psycopg.Connection
) -> None:
    add(
        store,
        *chain("10:00:00", THURSDAY, OLD, 0),
        *chain("10:00:00", THURSDAY, NEW, 0),
    )
    with pytest.raises(PgstrikeError, match="5 quotes in all; they are two expiries"):
        redate(apart, "NIFTY", OLD, NEW)
