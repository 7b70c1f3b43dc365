"""Answers as tables of pandas and polars, which are imported only here."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pgstrike_client.answer import Answer

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def to_pandas(answer: Answer) -> "pd.DataFrame":
    import pandas as pd

    columns = columns_of(answer)
    frame = pd.DataFrame(columns, columns=list(answer.columns))
    for name, values in columns.items():
        if is_any(date, values):
            frame[name] = pd.to_datetime(frame[name], utc=is_any(datetime, values))
    frame.attrs.update(event=answer.event, clock=answer.clock)
    return frame


def to_polars(answer: Answer) -> "pl.DataFrame":
    import polars as pl

    return pl.DataFrame(columns_of(answer))


def to_arrow(stream: bytes) -> "pa.Table":
    import pyarrow as pa

    return pa.ipc.open_stream(stream).read_all()


def from_arrow(table: "pa.Table", frame: str) -> Any:
    """The table as a frame of pandas or polars, of the types that answers become."""
    if frame == "polars":
        import polars as pl

        return pl.from_arrow(table)
    if frame == "pandas":
        import pandas as pd

        found = table.to_pandas()
        for field in table.schema:
            if str(field.type).startswith("date"):
                found[field.name] = pd.to_datetime(found[field.name])
        return found
    return table


def columns_of(answer: Answer) -> dict[str, list[Any]]:
    """The values of each column, of one type each."""
    columns = (
        zip(*answer.rows, strict=True) if answer.rows else ((),) * len(answer.columns)
    )
    return {
        name: typed(list(values))
        for name, values in zip(answer.columns, columns, strict=True)
    }


def typed(values: list[Any]) -> list[Any]:
    """Times and dates out of their text, and whole numbers as floats among floats."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, str) for value in known):
        if all(TIME.fullmatch(value) for value in known):
            return each(in_utc, values)
        if all(DATE.fullmatch(value) for value in known):
            return each(date.fromisoformat, values)
    elif any(isinstance(value, float) for value in known):
        return each(float, values)
    return values


def each(change: Callable[[Any], Any], values: list[Any]) -> list[Any]:
    return [None if value is None else change(value) for value in values]


def in_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def is_any(kind: type, values: list[Any]) -> bool:
    return any(isinstance(value, kind) for value in values)
