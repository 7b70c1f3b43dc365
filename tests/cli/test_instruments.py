"""`pgstrike instrument add`: a symbol that no list brings."""

import psycopg
import pytest

from tests.support.cli import jobs


def test_symbol_is_added_once(dsn: str, connection: psycopg.Connection) -> None:
    done = jobs(dsn, "instrument", "add", "BTC", "DERIBIT")
    assert (done.returncode, done.stdout) == (0, "BTC is known, on DERIBIT\n")
    again = jobs(dsn, "instrument", "add", "BTC", "NSE")
    assert again.returncode == 1 and "BTC is known already" in again.stderr
    found = connection.execute(
        "SELECT exchange FROM fo.instrument WHERE symbol = 'BTC'"
    )
    assert found.fetchall() == [("DERIBIT",)]


def test_options_are_american_where_the_user_says_so(
    dsn: str, connection: psycopg.Connection
) -> None:
    for symbol, more in (("AAPL", ["--american"]), ("SPX", [])):
        assert jobs(dsn, "instrument", "add", symbol, "XCBO", *more).returncode == 0
    found = connection.execute(
        "SELECT symbol, exercise_style FROM fo.instrument WHERE exchange = 'XCBO'"
        " ORDER BY symbol"
    )
    assert found.fetchall() == [("AAPL", "american"), ("SPX", None)]


@pytest.mark.parametrize(
    ("symbol", "exchange", "says"),
    [("btc", "DERIBIT", "cannot be a symbol"), ("BTC", "DERIBITT", "DERIBIT")],
)
def test_useless_symbol_is_one_line(
    dsn: str, symbol: str, exchange: str, says: str
) -> None:
    done = jobs(dsn, "instrument", "add", symbol, exchange)
    [line] = done.stderr.splitlines()
    assert done.returncode == 1 and says in line


def test_kinds_of_a_symbol_are_set(dsn: str, connection: psycopg.Connection) -> None:
    """By the command, or by the first quotes of a feed that says so."""
    done = jobs(dsn, "instrument", "set", "NIFTY", "--oi-kind", "yesterday")
    says = "NIFTY: volume is session, open interest yesterday\n"
    assert (done.returncode, done.stdout) == (0, says)
    line = '{"quote_time": "2025-08-29T04:05:13Z", "symbol": "%s", "expiry": "2025-09-02", '
    line += '"strike": 100, "call": {"volume": 75, "ltp": 1}}\n'
    for symbol, kinds in (("NIFTY", ()), ("BANKNIFTY", ("--volume-kind", "other"))):
        done = jobs(dsn, "ingest", *kinds, "-", stdin=(line % symbol).encode())
        assert done.returncode == 0, done.stderr
    found = connection.execute(
        "SELECT symbol, volume_kind, oi_kind FROM fo.instrument"
        " WHERE clock IS NOT NULL ORDER BY symbol"
    )
    assert found.fetchall() == [
        ("BANKNIFTY", "other", "now"),
        ("NIFTY", "session", "yesterday"),
    ]
    nothing = jobs(dsn, "instrument", "set", "NIFTY")
    assert nothing.returncode == 1 and "give --volume-kind" in nothing.stderr
