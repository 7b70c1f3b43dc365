"""The variants of one answer, such as CSV or gzip: each has an ETag of its own.

A variant's ETag is that of the handler with the variant's names behind it: "1f-csv-zstd". A
handler need not know of variants, if it asks `is_known`.
"""

from aiohttp import ETag, hdrs, web
from aiohttp.helpers import ETAG_ANY
from multidict import CIMultiDict

KNOWN = web.RequestKey("known", list[str])


def sent_etags(request: web.Request) -> list[str]:
    """The ETags of If-None-Match."""
    return [etag.value for etag in request.if_none_match or ()]


def known_etags(request: web.Request) -> list[str]:
    """The same without the names of the variant that the request asks for."""
    return request[KNOWN] if KNOWN in request else sent_etags(request)


def is_known(request: web.Request, etag: str) -> bool:
    """Whether the reader has the answer of this ETag; `*` is any."""
    is_any = request.headers.get(hdrs.IF_NONE_MATCH, "").strip() == ETAG_ANY
    return is_any or etag in known_etags(request)


def strip_known(request: web.Request, variant: str, *, is_sure: bool) -> None:
    """Take a variant's name off the known ETags.

    `is_sure`: the answer has that variant for certain, so the reader's other ETags are of none.
    """
    ending = f"-{variant}"
    request[KNOWN] = [
        etag.removesuffix(ending)
        for etag in known_etags(request)
        if etag.endswith(ending) or not is_sure
    ]


def name_variant(answer: web.Response, variant: str) -> None:
    """Put a variant's name behind the ETag of an answer that has one."""
    if (etag := answer.etag) is not None:
        answer.etag = ETag(f"{etag.value}-{variant}", is_weak=etag.is_weak)


def vary_by(headers: CIMultiDict[str], name: str) -> None:
    """Say that the answer depends on that header of the request too."""
    named = [*headers.get(hdrs.VARY, "").split(", "), name]
    headers[hdrs.VARY] = ", ".join(dict.fromkeys(filter(None, named)))
