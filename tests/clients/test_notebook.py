"""read(): a table out of a server, also where a loop runs already."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import polars as pl
import pytest

from pgstrike_client import Answer, RequestError, read
from pgstrike_client.tables import columns_of
from tests.support.client_reading import KEY
from tests.support.misbehaving import Misbehaving, Reply

TIME = datetime(2025, 8, 29, 9, 58, 56, 250_000, tzinfo=UTC)
BODY = {
    "event": "a:7",
    "clock": "2025-08-29T09:58:56.25+00:00",
    "columns": ["expiry", "quote_time", "strike", "call_oi", "call_iv", "status"],
    "rows": [
        ["2025-09-02", "2025-08-29T15:28:56.25+05:30", 24400, 75, 0.1, "solved"],
        ["2025-09-09", None, 24450.5, None, None, None],
    ],
}


@pytest.fixture
async def server() -> AsyncIterator[tuple[Misbehaving, str]]:
    server = Misbehaving([], [Reply(200, json.dumps(BODY))])
    async with server.running() as url:
        yield server, url


async def as_in_a_notebook(url: str, name: str, **parameters: Any) -> Any:
    """Call read() in a thread whose own loop is running, as Jupyter's is."""

    async def cell() -> Any:
        return read(name, url=url, key=KEY, **parameters)

    return await asyncio.to_thread(asyncio.run, cell())


async def test_pandas(server: tuple[Misbehaving, str]) -> None:
    frame = await as_in_a_notebook(server[1], "chain", symbol="NIFTY")
    assert list(frame.columns) == BODY["columns"]
    assert str(frame.quote_time.dt.tz) == "UTC" and frame.quote_time[0] == TIME
    assert frame.quote_time.isna().tolist() == [False, True]
    assert frame.expiry.tolist() == [
        pd.Timestamp("2025-09-02"),
        pd.Timestamp("2025-09-09"),
    ]
    assert frame.strike.tolist() == [24400, 24450.5]
    assert frame.call_oi[0] == 75 and frame.call_oi.isna()[1]
    assert frame.status[0] == "solved"
    assert frame.attrs == {"event": "a:7", "clock": TIME}


async def test_polars(server: tuple[Misbehaving, str]) -> None:
    frame = await as_in_a_notebook(server[1], "chain", symbol="NIFTY", frame="polars")
    assert isinstance(frame, pl.DataFrame)
    assert dict(frame.schema) == {
        "expiry": pl.Date(),
        "quote_time": pl.Datetime("us", "UTC"),
        "strike": pl.Float64(),
        "call_oi": pl.Int64(),
        "call_iv": pl.Float64(),
        "status": pl.String(),
    }
    assert frame.row(0) == (date(2025, 9, 2), TIME, 24400, 75, 0.1, "solved")
    assert frame.row(1) == (date(2025, 9, 9), None, 24450.5, None, None, None)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("strike_distribution", "/strike-distribution"),
        ("moneyness_series", "/moneyness-series"),
        ("max_pain", "/metrics/max_pain"),
    ],
)
async def test_each_table_is_asked_for_with_the_key(
    server: tuple[Misbehaving, str], name: str, path: str
) -> None:
    await as_in_a_notebook(server[1], name, symbol="NIFTY")
    [asked] = server[0].others
    assert asked.path.partition("?")[0].endswith(path)
    assert asked.headers["Authorization"] == f"Bearer {KEY}"


async def test_error_of_the_server_is_raised(server: tuple[Misbehaving, str]) -> None:
    server[0].metrics = [Reply(404, '{"error":{"code":"x","message":"Send NIFTY."}}')]
    with pytest.raises(RequestError, match="NIFTY") as raised:
        await as_in_a_notebook(server[1], "chain", symbol="NIFT")
    assert (raised.value.status, raised.value.code) == (404, "x")


def test_frame_that_is_neither_is_refused() -> None:
    with pytest.raises(ValueError, match="send pandas, polars or arrow"):
        read("chain", url="http://127.0.0.1:1", frame="numpy")  # type: ignore[call-overload]


def test_answer_without_rows_has_its_columns() -> None:
    answer = Answer.parse(json.dumps({**BODY, "rows": []}))
    assert columns_of(answer) == {name: [] for name in answer.columns}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([None, None], [None, None]),
        ([True, False], [True, False]),
        (["2025-09-02", "front"], ["2025-09-02", "front"]),
        (["2025-09-02", None], [date(2025, 9, 2), None]),
        (["2025-08-29T09:58:56.25Z"], [TIME]),
        (["10000-01-01"], ["10000-01-01"]),
        ([1, 2], [1, 2]),
        ([1, 2.5, None], [1.0, 2.5, None]),
        ([[1], [2.5]], [[1], [2.5]]),
    ],
)
def test_values_of_a_column_are_of_one_type(
    values: list[Any], expected: list[Any]
) -> None:
    rows = [[value] for value in values]
    answer = Answer.parse(json.dumps({**BODY, "columns": ["x"], "rows": rows}))
    found = columns_of(answer)["x"]
    assert [(value, type(value)) for value in found] == [
        (value, type(value)) for value in expected
    ]
