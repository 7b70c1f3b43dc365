"""Answers compressed as the header Accept-Encoding asks."""

import asyncio
import gzip
import sys
from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal, TypeAlias

import brotli
from aiohttp import hdrs, web

from pgstrike.api.cache.answers import Form
from pgstrike.api.errors import ApiError, Handler, response
from pgstrike.api.http.kept import formed, keep_form
from pgstrike.api.http.variants import (
    name_variant,
    sent_etags,
    strip_known,
    vary_by,
)
from pgstrike.api.wire.accept_encoding import IDENTITY, coding_for

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Coding: TypeAlias = Literal["zstd", "br", "gzip", "identity"]

OFFERED: tuple[Coding, ...] = ("zstd", "br", "gzip")
LEAST_BYTES = 1024  # shorter answers stay as they are
THREAD_BYTES = 16_384  # the loop encodes fewer bytes in less than a millisecond
ZSTD_LEVEL = 3
BROTLI_QUALITY = 4
GZIP_LEVEL = 5


def encode(body: bytes, coding: Coding) -> bytes:
    """The body in a coding, each time the same bytes."""
    match coding:
        case "zstd":
            return zstd.compress(body, ZSTD_LEVEL)
        case "br":
            return bytes(brotli.compress(body, quality=BROTLI_QUALITY))
        case "gzip":
            return gzip.compress(body, GZIP_LEVEL, mtime=0)
    return body


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Encode an answer that is long enough, and a short one only for who refuses it plain."""
    coding = coding_of(request)
    if coding is None:
        return response(no_coding(OFFERED))
    if coding != IDENTITY:
        strip_known(request, coding, is_sure=False)
    answer = await handler(request)
    if isinstance(answer, web.Response):
        await give_coding(request, answer, coding)
    return answer


async def give_coding(
    request: web.Request, answer: web.Response, coding: Coding
) -> None:
    body = answer.body
    if answer.status == HTTPStatus.NOT_MODIFIED:
        vary_by(answer.headers, hdrs.ACCEPT_ENCODING)
        etag = answer.etag
        if etag is not None and f"{etag.value}-{coding}" in sent_etags(request):
            name_variant(answer, coding)
    elif isinstance(body, bytes) and is_worth(request, body):
        vary_by(answer.headers, hdrs.ACCEPT_ENCODING)
        if coding != IDENTITY and hdrs.CONTENT_ENCODING not in answer.headers:
            made = formed(request, coding) or Form(await encoded(body, coding))
            keep_form(request, coding, made)
            answer.body = made.body
            answer.headers[hdrs.CONTENT_ENCODING] = coding
            name_variant(answer, coding)


async def encoded(body: bytes, coding: Coding) -> bytes:
    if len(body) > THREAD_BYTES:
        return await asyncio.to_thread(encode, body, coding)
    return encode(body, coding)


def is_worth(request: web.Request, body: bytes) -> bool:
    """Whether to encode a body; also a short one where identity is refused."""
    if len(body) >= LEAST_BYTES:
        return True
    return bool(body) and coding_for(accepted(request), (IDENTITY,)) is None


def coding_of(request: web.Request) -> Coding | None:
    return coding_for(accepted(request), OFFERED)


def accepted(request: web.Request) -> str | None:
    """The header, which may come in several lines; None where there is none."""
    lines = request.headers.getall(hdrs.ACCEPT_ENCODING, None)
    return None if lines is None else ",".join(lines)


def no_coding(offered: Sequence[str]) -> ApiError:
    return ApiError(
        406,
        "no_coding",
        "The header Accept-Encoding refuses every coding that there is; "
        f"send one of {', '.join([*offered, IDENTITY])}.",
        field=hdrs.ACCEPT_ENCODING,
    )
