"""The rows of an answer as CSV or as an Arrow stream, where the reader asks for that.

Both are made here, of the JSON that SQL made, for every route whose answer is a table: the
figures are those of the JSON, digit for digit.
"""

import csv
import io
import json
from datetime import date, datetime
from typing import Any

from aiohttp import hdrs, web

from pgstrike.api.errors import ApiError, Handler
from pgstrike.api.http.answers import JSON_TYPE
from pgstrike.api.http.catalogue import Catalogue, catalogue_of
from pgstrike.api.http.route import SENT, TABLE, Route
from pgstrike.api.language import ARROW, CSV, FORMAT, JSON

MEDIA = {
    JSON: JSON_TYPE,
    CSV: "text/csv",
    ARROW: "application/vnd.apache.arrow.stream",
}
NEXT_CURSOR = "X-Next-Cursor"  # where a page of CSV or Arrow goes on


@web.middleware
async def give_form(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn the JSON of a table into the form that was asked for."""
    row = request.app[TABLE].row(request)
    if row is None or row.answers is None or not row.answers.is_table:
        return await handler(request)
    form = form_of(request)
    if form == ARROW:
        pyarrow()  # before the database is asked
    answer = await handler(request)
    answer.headers[hdrs.VARY] = hdrs.ACCEPT
    if form == JSON or not isinstance(answer, web.Response):
        return answer
    return await in_form(request, row, answer, form)


def form_of(request: web.Request) -> str:
    """By the parameter, else the first of our media types that the header Accept names."""
    sent: str | None = request[SENT][FORMAT] if SENT in request else None
    if sent is not None:
        return sent
    accepted = request.headers.get(hdrs.ACCEPT, "")
    for named in accepted.split(","):
        media = named.partition(";")[0].strip().lower()
        for form, ours in MEDIA.items():
            if media == ours:
                return form
    return JSON


async def in_form(
    request: web.Request, row: Route, answer: web.Response, form: str
) -> web.Response:
    headers: dict[str, str] = {
        name: answer.headers[name]
        for name in (hdrs.CACHE_CONTROL, hdrs.VARY)
        if name in answer.headers
    }
    if (etag := answer.etag) is not None:
        weak = "W/" if etag.is_weak else ""
        headers[hdrs.ETAG] = f'{weak}"{etag.value}-{form}"'
        if f"{etag.value}-{form}" in [x.value for x in request.if_none_match or ()]:
            return web.Response(status=304, headers=headers)
    if not isinstance(answer.body, bytes):
        return web.Response(status=answer.status, headers=headers)
    if form == CSV:
        table = json.loads(answer.body, parse_float=str, parse_int=str)
        body = in_csv(table)
    else:
        table = json.loads(answer.body)
        body = in_arrow(table, types_of(row, await catalogue_of(request.app)))
    if table.get("cursor"):
        headers[NEXT_CURSOR] = table["cursor"]
    charset = "utf-8" if form == CSV else None
    return web.Response(
        body=body, content_type=MEDIA[form], charset=charset, headers=headers
    )


def in_csv(table: dict[str, Any]) -> bytes:
    """RFC 4180, with a line of names; unknown is empty, numbers stand as in the JSON."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(table["columns"])
    lines.writerows([[csv_word(x) for x in row] for row in table["rows"]])
    return text.getvalue().encode()


def csv_word(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
    return json.dumps(value)


def types_of(row: Route, catalogue: Catalogue) -> dict[str, str]:
    """The types of columns by their names, of all metrics that the route can answer with."""
    named = row.answers.metrics if row.answers else ()
    return {
        column.name: column.type
        for metric in catalogue.metrics
        if metric.name in named or "*" in named
        for column in metric.columns
    }


def in_arrow(table: dict[str, Any], types: dict[str, str]) -> bytes:
    """A stream of one batch; a column that the catalogue does not name is a float."""
    pa = pyarrow()
    columns = list(zip(*table["rows"], strict=True)) or [()] * len(table["columns"])
    arrays = [
        pa.array(
            [arrow_value(x, types.get(name, "")) for x in column],
            arrow_type(name, types),
        )
        for name, column in zip(table["columns"], columns, strict=True)
    ]
    batch = pa.record_batch(arrays, names=table["columns"])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def arrow_type(name: str, types: dict[str, str]) -> Any:
    pa = pyarrow()
    return {
        "text": pa.string(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp with time zone": pa.timestamp("us", tz="UTC"),
        "smallint": pa.int64(),
        "integer": pa.int64(),
        "bigint": pa.int64(),
    }.get(types.get(name, ""), pa.float64())


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
