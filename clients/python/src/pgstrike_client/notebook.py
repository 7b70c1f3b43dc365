"""For notebooks and scripts: a blocking call that gives a table."""

import asyncio
import os
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from pgstrike_client.answer import Answer
from pgstrike_client.client import Client
from pgstrike_client.direct import table_of
from pgstrike_client.tables import from_arrow, to_arrow, to_pandas, to_polars

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

T = TypeVar("T")
URL = "http://127.0.0.1:8765"
FRAMES = {"pandas": to_pandas, "polars": to_polars}


@overload
def read(
    name: str,
    *,
    url: str | None = None,
    key: str | None = None,
    dsn: str | None = None,
    frame: Literal["pandas"] = "pandas",
    **parameters: Any,
) -> "pd.DataFrame": ...


@overload
def read(
    name: str,
    *,
    url: str | None = None,
    key: str | None = None,
    dsn: str | None = None,
    frame: Literal["polars"],
    **parameters: Any,
) -> "pl.DataFrame": ...


@overload
def read(
    name: str,
    *,
    url: str | None = None,
    key: str | None = None,
    dsn: str | None = None,
    frame: Literal["arrow"],
    **parameters: Any,
) -> "pa.Table": ...


def read(
    name: str,
    *,
    url: str | None = None,
    key: str | None = None,
    dsn: str | None = None,
    frame: Literal["pandas", "polars", "arrow"] = "pandas",
    **parameters: Any,
) -> Any:
    """The rows of a metric as a DataFrame of pandas or polars, or as a table of pyarrow.

    `name` is a metric of Client.metrics(), or "strike_distribution" or "moneyness_series";
    the parameters are those of Client.metric and of these two methods. Times become
    datetimes in UTC, and dates datetime64 (pandas) or Date (polars). Unknown is NaN or null.

    `url` is by default PGSTRIKE_URL or http://127.0.0.1:8765, and `key` PGSTRIKE_API_KEY. A
    pandas frame from there has the answer's `event` and `clock` in `attrs`. With a `dsn` the
    database is asked itself, by ADBC (`pip install pgstrike-client[adbc]`); parameters are
    then those of the SQL function, and an expiry is a date.
    """
    if frame not in (*FRAMES, "arrow"):
        raise ValueError(f'frame is "{frame}"; send pandas, polars or arrow')
    if dsn is not None:
        if url is not None or key is not None:
            raise ValueError("a dsn goes without url and key; send one of the two")
        return from_arrow(table_of(dsn, name, parameters), frame)
    url = url or os.environ.get("PGSTRIKE_URL", URL)
    key = key or os.environ.get("PGSTRIKE_API_KEY")
    if frame == "arrow":
        return to_arrow(run(ask_bytes(url, name, key, parameters)))
    return FRAMES[frame](run(ask(url, name, key, parameters)))


async def ask(
    url: str, name: str, key: str | None, parameters: Mapping[str, Any]
) -> Answer:
    async with Client(url, key=key) as client:
        if name == "strike_distribution":
            return await client.strike_distribution(**parameters)
        if name == "moneyness_series":
            return await client.moneyness_series(**parameters)
        return await client.metric(name, **parameters)


async def ask_bytes(
    url: str, name: str, key: str | None, parameters: Mapping[str, Any]
) -> bytes:
    """The same as an Arrow stream."""
    async with Client(url, key=key) as client:
        return await client.arrow(name, **parameters)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own, because a notebook's thread has a running loop.

    The thread is a daemon: an interrupt is not kept waiting for the server.
    """
    result: Future[T] = Future()

    def target() -> None:
        try:
            result.set_result(asyncio.run(work))
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=target, name="pgstrike read", daemon=True).start()
    return result.result()
