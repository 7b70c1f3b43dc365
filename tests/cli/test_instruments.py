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
