"""What a refresh of fo.latest_snapshot reads: each contract by its key, and no history."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from pgstrike.db.install.engine import installed_engine
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.plans import flatten
from tests.support.quote_market import Quote, batch_of, value

STRIKES = 500


@pytest.mark.long
@pytest.mark.second_later
def test_month_of_history_costs_as_much_as_a_day(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """A refresh touches as many rows, while an expiry comes and another goes each week."""
    days = [date(2025, 6, 2) + timedelta(days=number) for number in range(43)]
    days = [day for day in days if day.weekday() < 5]
    alive = "SELECT count(*) FROM fo.latest_snapshot WHERE timeframe = 'live'"
    for first, last in ((0, 1), (1, len(days))):
        for day in days[first:last]:
            store.add(batch_of(quotes_of(day)))
        refresh_all(refresher)
        connection.execute("ANALYZE")
        if first == 0:
            contracts, touched = value(connection, alive), rows_touched(connection)
    sessions = "SELECT count(DISTINCT session) FROM fo.option_quote WHERE in_session"
    assert value(connection, sessions) == len(days) == 31
    assert value(connection, alive) == contracts == 120
    assert value(connection, "SELECT count(*) FROM fo.contract") > 2 * contracts
    # Each contract: its own row, its newest quote, and the newest bar of three widths.
    assert touched >= 5 * contracts
    assert rows_touched(connection) <= 1.1 * touched


def test_first_minute_costs_as_much_as_later_ones(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """Before autovacuum has come: each contract's bar by its key, not all of its expiry."""
    for second in ("00", "05"):
        store.add(batch_of(chain_at(f"09:20:{second}")))
        refresh_all(refresher)
    assert rows_touched(connection) <= 10 * STRIKES


@pytest.mark.parametrize("are_gone", [False, True])
def test_bars_that_the_planner_knew_one_of_cost_no_more(
    connection: psycopg.Connection,
    store: Store,
    refresher: psycopg.Connection,
    are_gone: bool,
) -> None:
    """One, or none yet: it looked while the first were written, and not committed."""
    if are_gone and installed_engine(connection) != "postgres":
        pytest.skip("bars are no tables of ours on TimescaleDB")
    store.add(batch_of(chain_at("09:20:00")[:1]))
    refresh_all(refresher)
    if are_gone:
        for bars in ("1min", "5min", "15min"):
            connection.execute(f"DELETE FROM fo.option_strike_bars_{bars}".encode())
            connection.execute(f"ANALYZE fo.option_strike_bars_{bars}".encode())
    for second in ("00", "05"):
        store.add(batch_of(chain_at(f"09:20:{second}", "BANKNIFTY")))
        refresh_all(refresher)
    assert rows_touched(connection) <= 10 * STRIKES


def test_bars_of_which_nothing_is_known_are_read_by_their_key(
    connection: psycopg.Connection,
) -> None:
    """Those of the first minute may be there already, and not committed for the refresh."""
    if installed_engine(connection) != "postgres":
        pytest.skip("bars are no tables of ours on TimescaleDB")
    text = value(connection, "SELECT pg_get_viewdef('fo.latest_snapshot'::regclass)")
    [plan] = value(connection, f"EXPLAIN (FORMAT JSON) {text}")
    found = {
        node["Relation Name"]: node["Index Name"]
        for node in flatten(plan["Plan"])
        if node.get("Relation Name", "").startswith("option_strike_bars")
    }
    bars = [f"option_strike_bars_{width}" for width in ("15min", "1min", "5min")]
    assert found == {name: f"{name}_pkey" for name in bars}


def chain_at(time: str, symbol: str = "NIFTY") -> list[Quote]:
    return [
        Quote(time, 20_000 + 10 * place, {"ltp": 100.0}, underlying=22e3, symbol=symbol)
        for place in range(STRIKES)
    ]


def quotes_of(day: date) -> list[Quote]:
    """Two snapshots of two weekly expiries and a far one, of 40 strikes each."""
    tuesday = day + timedelta(days=(1 - day.weekday()) % 7)
    return [
        Quote(
            time,
            24_000 + 50 * place,
            {"ltp": 100.0, "volume": 75, "oi": 750},
            {"ltp": 90.0, "volume": 75, "oi": 750},
            underlying=25_000.0,
            day=day,
            expiry=expiry,
        )
        for time in ("09:20:00", "15:20:00")
        for expiry in (tuesday, tuesday + timedelta(days=7), date(2025, 12, 30))
        for place in range(40)
    ]


def rows_touched(connection: psycopg.Connection) -> float:
    """What the snapshot's SELECT reads of tables: every row, whether it keeps it or not."""
    text = value(connection, "SELECT pg_get_viewdef('fo.latest_snapshot'::regclass)")
    [plan] = value(connection, f"EXPLAIN (ANALYZE, FORMAT JSON) {text}")
    return sum(
        rows_of(node) for node in flatten(plan["Plan"]) if "Relation Name" in node
    )


def rows_of(scan: dict[str, Any]) -> float:
    removed = sum(
        figure for name, figure in scan.items() if name.startswith("Rows Removed")
    )
    return float(scan["Actual Loops"] * (scan["Actual Rows"] + removed))
