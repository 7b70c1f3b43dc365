"""A row of the route table, and what the application takes from the table.

Only the table (api/http/routes.py) names paths. The router, the answers 404 and 405,
authentication and the checks of parameters come from it.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from pgstrike.api.errors import PATHS, Handler
from pgstrike.api.http.answer import Answer
from pgstrike.api.parameters import Parameter, Sent, refuse_unreadable

PREFIX, OLD_PREFIX = "/v1/", "/fo/"  # the same code
BUNDLES = "/v1/events/"  # also without the version
BODY_BYTES = 4096  # of a request, where its route does not say otherwise
PLACEHOLDER = re.compile(r"\{(\w+)[^}]*\}")


class Caller(Enum):
    """The least key that a route asks for."""

    ANYONE = "anyone"  # a key that is sent still counts
    KEY = "any key"
    OPERATOR = "a key of all symbols, of an administrator or with topic ops"
    ADMIN = "a key of an administrator"


class Route(NamedTuple):
    """One method of one path, with its handler."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    caller: Caller
    about: str
    # None: the query string is ignored. Pages keep their state in it, and probes add to it.
    parameters: Sequence[Parameter[Any, Any]] | None = None
    takes_others: bool = False  # parameters that only the database knows
    has_head: bool = True  # besides a GET
    looks_at_key: bool = True  # False: probes call it often, and need none
    is_counted: bool = True  # as a request of its key; streams have a cap instead
    answers: Answer | None = None  # for the api's description
    body_bytes: int = BODY_BYTES  # at most
    # How several servers answer it, each with its symbols; None: the home server does.
    merged: Callable[[web.Request, Any], Awaitable[web.StreamResponse]] | None = None

    def paths(self) -> Iterator[str]:
        yield self.path
        if self.path.startswith(PREFIX):
            yield OLD_PREFIX + self.path.removeprefix(PREFIX)
        if self.path.startswith(BUNDLES):
            yield "/" + self.path.removeprefix(PREFIX)

    def methods(self) -> Iterator[str]:
        yield self.method
        if self.method == hdrs.METH_GET and self.has_head:
            yield hdrs.METH_HEAD


class Table:
    """The rows, by path and by request."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = routes
        self._of_route: dict[web.AbstractRoute, Route] = {}
        self._at_path = {path: route for route in routes for path in route.paths()}

    def add_to(self, app: web.Application) -> None:
        app[TABLE] = self
        app[PATHS] = listed(self.routes)
        for row in self.routes:
            for path in row.paths():
                for method in row.methods():
                    found = app.router.add_route(method, path, row.handler)
                    self._of_route[found] = row

    def row(self, request: web.Request) -> Route | None:
        """None: there is no such path, or it does not take the method."""
        return self._of_route.get(request.match_info.route)

    def row_of_path(self, request: web.Request) -> Route | None:
        """The same, whatever the method."""
        return self.row(request) or self._at_path.get(request.path)


TABLE = web.AppKey("table", Table)
SENT = web.RequestKey("sent", Sent)
METRIC = web.RequestKey("metric", str)  # whose rows the answer has


@web.middleware
async def read_parameters(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check the parameters; handlers find them in `request[SENT]`."""
    refused = request.match_info.http_exception
    if request.method == hdrs.METH_OPTIONS and isinstance(
        refused, web.HTTPMethodNotAllowed
    ):
        return web.Response(status=204, headers={hdrs.ALLOW: allowed_at(refused)})
    row = request.app[TABLE].row(request)
    if row is not None and row.parameters is not None:
        for name, value in request.match_info.items():
            refuse_unreadable(name, [value])
        request[SENT] = Sent(
            request.query, row.parameters, takes_others=row.takes_others
        )
    return await handler(request)


def allowed_at(refused: web.HTTPMethodNotAllowed) -> str:
    """The methods of a path, for the answer to OPTIONS."""
    return ", ".join(sorted({*refused.allowed_methods, hdrs.METH_OPTIONS}))


def listed(routes: Iterable[Route]) -> str:
    """The paths as a sentence names them, each once: /v1/metrics/METRIC."""
    paths = dict.fromkeys(route.path for route in routes)
    return ", ".join(
        PLACEHOLDER.sub(lambda match: match[1].upper(), path) for path in paths
    )
