"""How many requests were answered, by route and status, and how long an answer took to begin.

A request counts when its headers are sent: a stream lasts for hours. Paths that there are not
have one name, so that nobody can make a new one.
"""

from collections import Counter, defaultdict
from time import perf_counter
from typing import NamedTuple

from aiohttp import web

from pgstrike.api.http.route import TABLE
from pgstrike.db.timing import Durations

UNKNOWN = "unknown"
BEGAN = web.RequestKey("began", float)


class Kind(NamedTuple):
    """What requests are counted by."""

    method: str
    route: str
    status: int


class RequestCounts:
    """Of one application."""

    def __init__(self) -> None:
        self.answered: Counter[Kind] = Counter()
        self.durations: dict[str, Durations] = defaultdict(Durations)


COUNTS = web.AppKey("counts", RequestCounts)


def start_clock(request: web.Request) -> None:
    request[BEGAN] = perf_counter()


async def count_answer(request: web.Request, response: web.StreamResponse) -> None:
    row = request.app[TABLE].row(request)
    method, route = (UNKNOWN, UNKNOWN) if row is None else (request.method, row.path)
    counts = request.app[COUNTS]
    counts.answered[Kind(method, route, response.status)] += 1
    if BEGAN in request:
        counts.durations[route].note(perf_counter() - request[BEGAN])
