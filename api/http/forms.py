"""The rows of an answer as CSV or as an Arrow stream, where the reader asks for that.

Both are made here, of the JSON that SQL made, for every route whose answer is a table: the
figures are those of the JSON, digit for digit.
"""

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, cast

import msgspec
from aiohttp import hdrs, web

from pgstrike.api.cache.answers import Form
from pgstrike.api.errors import ApiError, Handler
from pgstrike.api.http.answer import JSON_TYPE
from pgstrike.api.http.catalogue import Metric, catalogue_of
from pgstrike.api.http.kept import formed, keep_form
from pgstrike.api.http.route import METRIC, SENT, TABLE
from pgstrike.api.http.variants import name_variant, strip_known, vary_by
from pgstrike.api.language import ARROW, CSV, FORMAT, JSON

MEDIA = {
    JSON: JSON_TYPE,
    CSV: "text/csv",
    ARROW: "application/vnd.apache.arrow.stream",
}
NOT_WANTED = re.compile(r"q=0(\.0*)?")
NEXT_CURSOR = "X-Next-Cursor"  # where a page of CSV or Arrow goes on
SLICE_VALUES = 5000  # are converted in some 2 ms


class Rows(msgspec.Struct):
    """The table of an answer, its rows as they were written."""

    columns: list[str]
    rows: list[msgspec.Raw]
    cursor: str | None = None


@web.middleware
async def give_form(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn the JSON of a table into the form that was asked for."""
    row = request.app[TABLE].row(request)
    if row is None or row.answers is None or not row.answers.is_table:
        return await handler(request)
    form = form_of(request)
    if form == ARROW:
        pyarrow()  # before the database is asked
    if form != JSON:
        strip_known(request, form, is_sure=True)
    answer = await handler(request)
    vary_by(answer.headers, hdrs.ACCEPT)
    if form == JSON or not isinstance(answer, web.Response):
        return answer
    name_variant(answer, form)
    if isinstance(answer.body, bytes) and answer.status == HTTPStatus.OK:
        await give_rows(request, answer, form)
    return answer


def form_of(request: web.Request) -> str:
    """By the parameter, else the first of our media types that the header Accept names."""
    sent: str | None = request[SENT][FORMAT] if SENT in request else None
    if sent is not None:
        return sent
    accepted = request.headers.get(hdrs.ACCEPT, "")
    for named in accepted.split(","):
        media, _, weight = named.lower().replace(" ", "").partition(";")
        for form, ours in MEDIA.items():
            if media == ours and not NOT_WANTED.fullmatch(weight):
                return form
    return JSON


async def give_rows(request: web.Request, answer: web.Response, form: str) -> None:
    """Put the rows of the JSON into the answer, in that form."""
    made = formed(request, form)
    if made is None:
        made = await rows_in(request, cast(bytes, answer.body), form)
    keep_form(request, form, made)
    answer.body = made.body
    answer.content_type = MEDIA[form]
    if form == CSV:
        answer.charset = "utf-8"
    if made.cursor is not None:
        answer.headers[NEXT_CURSOR] = made.cursor


async def rows_in(request: web.Request, body: bytes, form: str) -> Form:
    table = msgspec.json.decode(body, type=Rows)
    if form == CSV:
        return Form(await in_csv(table), table.cursor)
    catalogue = await catalogue_of(request.app, request[METRIC])
    types = types_of(catalogue.metric(request[METRIC]))
    return Form(await in_arrow(table, types), table.cursor)


async def in_csv(table: Rows) -> bytes:
    """RFC 4180, with a line of names; unknown is empty, numbers stand as in the JSON."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(table.columns)
    async for rows in slices(table, as_written):
        lines.writerows([[csv_word(x) for x in row] for row in rows])
    return text.getvalue().encode()


def as_written(text: bytes) -> Any:
    """JSON with its numbers as texts, digit for digit."""
    return json.loads(text, parse_float=str, parse_int=str)


async def slices(
    table: Rows, read: Callable[[bytes], Any]
) -> AsyncIterator[list[list[Any]]]:
    """The rows, some at a time: between two slices the loop serves other requests."""
    size = max(SLICE_VALUES // len(table.columns), 1)
    for first in range(0, len(table.rows), size):
        yield read(b"[" + b",".join(table.rows[first : first + size]) + b"]")
        await asyncio.sleep(0)


def csv_word(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
    return json.dumps(value)


def types_of(metric: Metric) -> dict[str, str]:
    """The types of a metric's columns, by their names; the rows of several have a symbol."""
    return {"symbol": "text"} | {column.name: column.type for column in metric.columns}


async def in_arrow(table: Rows, types: dict[str, str]) -> bytes:
    """A stream; a column that the catalogue does not name, such as call_iv, is a float."""
    pa = pyarrow()
    named = [(name, types.get(name, "double precision")) for name in table.columns]
    schema = pa.schema([(name, arrow_type(type)) for name, type in named])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema) as writer:
        async for rows in slices(table, json.loads):
            arrays = [
                pa.array([arrow_value(x, type) for x in values], arrow_type(type))
                for (_, type), values in zip(
                    named, zip(*rows, strict=True), strict=True
                )
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return sink.getvalue()


def arrow_type(type: str) -> Any:
    pa = pyarrow()
    return {
        "text": pa.string(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp with time zone": pa.timestamp("us", tz="UTC"),
        "smallint": pa.int64(),
        "integer": pa.int64(),
        "bigint": pa.int64(),
    }.get(type, pa.float64())


def arrow_value(value: Any, type: str) -> Any:
    if value is None:
        return None
    match type:
        case "date":
            return date.fromisoformat(value)
        case "timestamp with time zone":
            return datetime.fromisoformat(value)
        case "double precision":
            return float(value)
    return value


def pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise ApiError(
            406,
            "no_arrow",
            "The server has no pyarrow, which Arrow needs; ask for format=csv or json, "
            "or install pgstrike[parquet] on the server.",
            field=FORMAT.name,
        ) from None
    return pyarrow
