"""For notebooks and scripts: a blocking call that gives a table."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from pgstrike_client.answer import Answer
from pgstrike_client.client import Client
from pgstrike_client.tables import to_pandas, to_polars

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

T = TypeVar("T")


@overload
def read(
    url: str,
    name: str,
    *,
    key: str | None = None,
    frame: Literal["pandas"] = "pandas",
    **parameters: Any,
) -> "pd.DataFrame": ...


@overload
def read(
    url: str,
    name: str,
    *,
    key: str | None = None,
    frame: Literal["polars"],
    **parameters: Any,
) -> "pl.DataFrame": ...


def read(
    url: str,
    name: str,
    *,
    key: str | None = None,
    frame: Literal["pandas", "polars"] = "pandas",
    **parameters: Any,
) -> Any:
    """The rows of a metric as a DataFrame of pandas or polars.

    `name` is a metric of Client.metrics(), or "strike_distribution" or "moneyness_series";
    the parameters are those of Client.metric and of these two methods. Times become
    datetimes in UTC, and dates datetime64 (pandas) or Date (polars). Unknown is NaN or null.
    A pandas frame has the answer's `event` and `clock` in `attrs`.
    """
    make = {"pandas": to_pandas, "polars": to_polars}.get(frame)
    if make is None:
        raise ValueError(f'frame is "{frame}"; send pandas or polars')
    return make(run(ask(url, name, key, parameters)))


async def ask(
    url: str, name: str, key: str | None, parameters: dict[str, Any]
) -> Answer:
    async with Client(url, key=key) as client:
        if name == "strike_distribution":
            return await client.strike_distribution(**parameters)
        if name == "moneyness_series":
            return await client.moneyness_series(**parameters)
        return await client.metric(name, **parameters)


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
