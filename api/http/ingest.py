"""Quotes as NDJSON over HTTP: noted for `pgstrike run`, and answered when they are stored."""

import asyncio
import contextlib
import json
from time import monotonic
from typing import Any, NamedTuple, NoReturn

from aiohttp import web

from pgstrike.api.errors import ApiError, bad_request
from pgstrike.api.http.app_keys import ANSWERED, PRIMARY
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.sent_body import read_body
from pgstrike.api.http.tasks import NOT_KEPT
from pgstrike.db.pool import change_for
from pgstrike.db.session import Row

MEDIA = "application/x-ndjson"
MOST_BYTES, MOST_LINES = 1_000_000, 10_000
TAKEN_SECONDS = 5.0  # in which a `pgstrike run` begins to store them
STORED_SECONDS = 30.0  # in which they are stored
LOOK_SECONDS = 1.0  # also where no notification comes
RETRY = {"Retry-After": "2"}


class Noted(NamedTuple):
    id: int | None


class Settled(NamedTuple):
    answer: str | None


async def ingest(request: web.Request) -> web.Response:
    """Store the lines. No answer but 200 acknowledges any of them."""
    lines = await lines_of(request)
    noted = await change(request, "add_incoming", {"lines": lines}, Noted)
    if noted.id is None:
        refuse_untaken()
    answer = await answer_to(request, noted.id)
    if refused := answer.get("refused"):
        raise ApiError(**refused)
    return web.json_response(answer, headers=NOT_KEPT)


async def lines_of(request: web.Request) -> bytes:
    """The body. No form of another origin can send that type."""
    if request.content_type != MEDIA or "Content-Encoding" in request.headers:
        raise ApiError(
            415,
            "ndjson_wanted",
            f"The body is not {MEDIA}, or is compressed; send NDJSON as it is, with that "
            "Content-Type.",
        )
    lines = await read_body(request)
    if not lines.strip():
        raise bad_request("bad_body", "The body has no line; send a quote a line.")
    if lines.count(b"\n") > MOST_LINES:
        raise ApiError(
            413,
            "too_many_lines",
            f"The body has more than {MOST_LINES} lines; send them in several requests.",
        )
    return lines


async def answer_to(request: web.Request, id: int) -> dict[str, Any]:
    """What became of the lines; they are withdrawn where nobody takes them in time."""
    began = monotonic()
    while True:
        told, waited = request.app[ANSWERED].next(), monotonic() - began
        wanted = {"id": id, "withdraw": waited >= TAKEN_SECONDS}
        settled = await change(request, "settle_incoming", wanted, Settled)
        if settled.answer is not None:
            answer: dict[str, Any] = json.loads(settled.answer)
            if "withdrawn" in answer:
                refuse_untaken()
            return answer
        if waited >= STORED_SECONDS:
            raise ApiError(
                503,
                "still_storing",
                "The lines are being stored, and that takes long; send the same again "
                "later, which changes nothing where they are stored by then.",
                RETRY,
            )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await told.wait()


def refuse_untaken() -> NoReturn:
    raise ApiError(
        503,
        "nobody_stores",
        "Nothing was stored, because no `pgstrike run` takes the lines; send the same "
        "again when one runs.",
        RETRY,
    )


async def change(
    request: web.Request, name: str, values: dict[str, Any], row: type[Row]
) -> Row:
    pool, reader = request.app[PRIMARY], key_of(request).name
    [found] = await change_for(pool, name, values, row, reader=reader)
    return found
