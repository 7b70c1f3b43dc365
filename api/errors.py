"""Errors as JSON: a stable code, and a sentence that says what to send instead.

{"error": {"code": "unknown_symbol", "message": "..."}}
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from aiohttp import web

from api.outage import refusal_of
from db.errors import DatabaseError, RefusedError, one_line

logger = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

PATHS = (
    "/fo/strike-distribution, /fo/moneyness-series, /fo/metrics, /fo/metrics/NAME, "
    "/fo/stream, /health, /ready, /live"
)


class ApiError(Exception):
    """What a request is answered with instead."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def bad_request(code: str, message: str) -> ApiError:
    return ApiError(400, code, message)


@web.middleware
async def json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into JSON."""
    try:
        return await handler(request)
    except ApiError as error:
        return response(error)
    except RefusedError as error:
        return response(bad_request(error.code, str(error)))
    except DatabaseError as error:
        logger.warning(
            "database_failed path=%s cause=%s", request.path, one_line(error)
        )
        return response(ApiError(503, *refusal_of(error)))
    except web.HTTPException as error:
        return response(of_aiohttp(error))
    except Exception:
        logger.exception("request_failed path=%s", request.path)
        return response(
            ApiError(500, "internal", "The server failed; its log says why.")
        )


def of_aiohttp(error: web.HTTPException) -> ApiError:
    if isinstance(error, web.HTTPNotFound):
        return ApiError(404, "not_found", f"There is no such path; there are {PATHS}.")
    if isinstance(error, web.HTTPMethodNotAllowed):
        allow = {"Allow": error.headers.get("Allow", "GET")}
        return ApiError(405, "method_not_allowed", "Send a GET.", allow)
    return ApiError(error.status, "bad_request", f"{error.reason}.")


def response(error: ApiError) -> web.Response:
    return web.json_response(
        {"error": {"code": error.code, "message": error.message}},
        status=error.status,
        headers=error.headers,
    )
