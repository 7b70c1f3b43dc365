"""Errors as JSON: a stable code, and a sentence that says what to send instead.

{"error": {"code": "unknown_symbol", "message": "...", "field": "symbol", "hint": "Send ..."}}
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TypeAlias

import psycopg
from aiohttp import web

from pgstrike.api.outage import refusal_of
from pgstrike.api.security_headers import SECURITY_HEADERS
from pgstrike.db.errors import DatabaseError, RefusedError, one_line

logger = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Of what our SQL refuses; everything else is 400.
STATUS = {
    "topic_not_allowed": 403,
    "may_not_ingest": 403,
    "not_allowed": 403,
    "unknown_task": 404,
    "unknown_alert": 404,
    "unknown_watchlist": 404,
    "idempotency_key_reused": 409,
    "unknown_kind": 422,
    "bad_argument": 422,
    "bad_statement": 422,
    "bad_cooldown": 422,
    "bad_topics": 422,
    "bad_items": 422,
    "too_many_items": 422,
    "too_many_tasks": 429,
    "too_many_alerts": 429,
    "too_many_watchlists": 429,
    "too_many_waiting": 429,
}
PATHS = web.AppKey("paths", str)  # of the route table, as the answer 404 lists them


class ApiError(Exception):
    """What a request is answered with instead."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        field: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.field = field  # of a body, or the parameter
        self.hint = hint


def bad_request(
    code: str, message: str, hint: str | None = None, field: str | None = None
) -> ApiError:
    """A hint, "Send ..." without its full stop, becomes the end of the message too."""
    if hint is None:
        return ApiError(400, code, message, field=field)
    says = f"{message}; {hint[0].lower()}{hint[1:]}."
    return ApiError(400, code, says, field=field, hint=f"{hint}.")


@web.middleware
async def json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into JSON."""
    try:
        return await handler(request)
    except ApiError as error:
        return response(error)
    except RefusedError as error:
        status = STATUS.get(error.code, 400)
        named = error.field or field_of(error.code)
        return response(
            ApiError(status, error.code, str(error), field=named, hint=error.hint)
        )
    except DatabaseError as error:
        logger.warning(
            "database_failed path=%s cause=%s", request.path, one_line(error)
        )
        return response(ApiError(503, *refusal_of(error)))
    except (psycopg.DataError, UnicodeError) as error:
        return response(unusable(error))
    except web.HTTPNotFound:
        return response(not_found(request.app[PATHS]))
    except web.HTTPException as error:
        return response(of_aiohttp(error))
    except Exception:
        logger.exception("request_failed path=%s", request.path)
        return response(failed())


def unusable(error: psycopg.DataError | UnicodeError) -> ApiError:
    """Values that no type of the database has: SQLSTATE 22..., or no Unicode text."""
    if isinstance(error, psycopg.errors.DivisionByZero):
        logger.error("request_failed", exc_info=error)
        return failed()
    says = (
        one_line(error) if isinstance(error, psycopg.DataError) else "no Unicode text"
    )
    return bad_request(
        "bad_value", f"A value cannot be used ({says}); send one that its type has."
    )


def failed() -> ApiError:
    return ApiError(500, "internal", "The server failed; its log says why.")


def in_json(answer: web.StreamResponse) -> web.StreamResponse:
    """The answer, in our form where it is an error of aiohttp's own."""
    if isinstance(answer, web.HTTPException) and answer.status >= 400:
        return response(of_aiohttp(answer))
    return answer


def raw_answer(error: ApiError) -> bytes:
    """The bytes of an error for input that is no whole request; the last ones sent."""
    body = body_of(error).encode()
    head = (
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n"
    )
    lines = [f"{name}: {value}\r\n" for name, value in headers_of(error).items()]
    return (head + "".join(lines) + "\r\n").encode() + body


def of_aiohttp(error: web.HTTPException) -> ApiError:
    if isinstance(error, web.HTTPMethodNotAllowed):
        return wrong_method(sorted(error.allowed_methods))
    return ApiError(error.status, "bad_request", f"{error.reason}.")


def not_found(paths: str) -> ApiError:
    return ApiError(404, "not_found", f"There is no such path; there are {paths}.")


def wrong_method(allowed: Sequence[str]) -> ApiError:
    """The message leaves HEAD out: it goes with GET."""
    named = [method for method in allowed if method != "HEAD"]
    return ApiError(
        405,
        "method_not_allowed",
        f"The path does not take that method; send {' or '.join(named)}.",
        {"Allow": ",".join(allowed)},
    )


def response(error: ApiError) -> web.Response:
    return web.json_response(
        text=body_of(error), status=error.status, headers=headers_of(error)
    )


def headers_of(error: ApiError) -> dict[str, str]:
    """Security headers too: some errors are answered without the application."""
    return {**SECURITY_HEADERS, **(error.headers or {})}


def body_of(error: ApiError) -> str:
    said = {"code": error.code, "message": error.message}
    more = {"field": error.field, "hint": error.hint or hint_of(error.message)}
    known = {name: text for name, text in more.items() if text is not None}
    return json.dumps({"error": said | known})


def hint_of(message: str) -> str | None:
    """The second half of a message: "...; send the same again later."."""
    hint = message.partition("; ")[2]
    return f"{hint[0].upper()}{hint[1:]}" if hint else None


def field_of(code: str) -> str | None:
    """The parameter that a code of our SQL is about: unknown_symbol, bad_limit."""
    kind, _, name = code.partition("_")
    return {"field": "fields"}.get(name, name) if kind in ("unknown", "bad") else None
