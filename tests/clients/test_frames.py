"""read(): the same figures by HTTP and by SQL, as frames of each kind."""

import asyncio
from datetime import date, timedelta
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from pgstrike_client import RequestError, read
from tests.api.conftest import KEY, Client
from tests.support.live_market import OPEN, open_store, quote, refresh

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("chain", {}),
    ("chain", {"expiry": date(2025, 9, 2), "at": OPEN + timedelta(minutes=8)}),
    ("oi_change", {"over": timedelta(minutes=15)}),
    ("expiry_metrics", {}),
    ("pcr", {}),
]


@pytest.fixture
def market(connection: psycopg.Connection) -> None:
    store = open_store(connection)
    quote(store, 0, seed=1)
    quote(store, 20, seed=2)
    refresh(connection)


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(("name", "parameters"), ASKED)
async def test_figures_are_the_same_both_ways(
    client: Client, dsn: str, name: str, parameters: dict[str, Any]
) -> None:
    def tables() -> tuple[pa.Table, pa.Table]:
        parameters.setdefault("symbol", "NIFTY")
        server = {"url": client.address, "key": KEY}
        by_http = read(name, **server, frame="arrow", **parameters)
        return by_http, read(name, dsn=dsn, frame="arrow", **parameters)

    by_http, by_sql = await asyncio.to_thread(tables)
    assert by_http.num_rows
    assert by_http.column_names == by_sql.column_names
    assert by_http.to_pylist() == by_sql.to_pylist()


@pytest.mark.usefixtures("market")
def test_frames_of_sql(dsn: str) -> None:
    pandas = read("chain", dsn=dsn, symbol="NIFTY")
    polars = read("chain", dsn=dsn, symbol="NIFTY", frame="polars")
    assert str(pandas.expiry.dtype).startswith("datetime64")
    assert str(pandas.quote_time.dt.tz) == "UTC"
    assert pandas.strike.tolist() == polars["strike"].to_list()


def test_what_sql_does_not_know_is_refused(dsn: str) -> None:
    with pytest.raises(RequestError, match="no metric") as raised:
        read("chain; DROP", dsn=dsn, symbol="NIFTY")
    assert raised.value.code == "unknown_metric"
    with pytest.raises(RequestError, match="send any of symbol, expiry, at"):
        read("chain", dsn=dsn, symbol="NIFTY", strike=1)
    with pytest.raises(ValueError, match="one of the two"):
        read("chain", dsn=dsn, url="http://x", symbol="NIFTY")
