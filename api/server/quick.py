"""A request that came before, byte for byte, answered from memory without its long way.

What its first answer needed is looked at again each time: the key, its rate, and that the
answer is as new as all that was heard. What is not so goes the long way, which says why.

Of requests that are alike only the first goes the long way at a time. The others wait until its
answer is ready, and are looked at again: after an event many would else go it at once. While
something has arrived that is not read yet, none goes: most of what arrives changes no answer.
"""

import asyncio
import weakref
from collections import deque
from collections.abc import Hashable
from time import perf_counter
from typing import NamedTuple, Protocol

from aiohttp import hdrs, web
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http_parser import RawRequestMessage

from pgstrike.api.access.keys import Key
from pgstrike.api.cache.answers import HIT, Kept
from pgstrike.api.http.app_keys import ANSWERS, KEYS, LISTENER, RATES
from pgstrike.api.http.auth import NOBODYS, SESSION, key_of
from pgstrike.api.http.kept import FORM, KEPT
from pgstrike.api.http.request_counts import COUNTS, Kind
from pgstrike.api.http.request_id import HEADER as ID_HEADER
from pgstrike.api.http.request_id import new_id
from pgstrike.api.http.route import TABLE

MOST = 4096  # requests that are remembered
MOST_HEAD = 2000  # bytes of their headers
MOST_BODY = 64_000  # longer answers are sent in pieces
MOST_TURNS = 2  # that a request waits for others; then it goes the long way itself
OWN = {ID_HEADER.lower(), hdrs.DATE.lower()}  # that each answer has anew


class Ready(NamedTuple):
    """An answer, but for its own headers; the text is kept with its answer alone."""

    kept: "weakref.ref[Kept]"
    form: tuple[str, ...]
    head: bytes
    has_body: bool
    key: Key
    counted: Kind


class Peer(Protocol):
    """A connection."""

    held: RawRequestMessage | None  # until a request that is alike has its answer
    leads: Hashable  # by which request others wait for that of this connection; None: none does

    def settle(self, answer: bytes | None) -> None:
        """Take the answer that it waits for; None: its request goes the long way."""


class Waiting(NamedTuple):
    """A request that waits for the answer to one that is alike, or for what has arrived."""

    peer: Peer
    message: RawRequestMessage
    began: float  # by perf_counter
    turns: int  # that it may still wait for others


class QuickAnswers:
    """Requests that were answered from memory, by their bytes."""

    def __init__(self, app: web.Application) -> None:
        self.answers = app[ANSWERS]
        self.listener = app[LISTENER]
        self.keys = app[KEYS]
        self.rates = app.get(RATES)
        self.counts = app[COUNTS]
        self._ready: dict[Hashable, Ready] = {}
        self._waiting: dict[Hashable, deque[Waiting]] = {}
        # While there are any, a task hears what has arrived.
        self._unheard: deque[Waiting] = deque()
        self._settling: set[asyncio.Task[None]] = set()

    def remember(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Answer the same bytes in the same way from now on."""
        if (
            not isinstance(request, web.Request)
            or FORM not in request
            or SESSION in request  # a cookie may have to be renewed
            or request.method != hdrs.METH_GET
            or response.status not in (200, 304)
            or ID_HEADER in request.headers
            or not self.answers.is_valid(request[KEPT])
        ):
            return
        row = request.app[TABLE].row(request)
        body = response.body if isinstance(response, web.Response) else b""
        size = sum(len(name) + len(value) for name, value in request.raw_headers)
        is_short = body is None or (isinstance(body, bytes) and len(body) <= MOST_BODY)
        if row is None or size > MOST_HEAD or not is_short:
            return
        if len(self._ready) >= MOST:
            self._ready.clear()
        self._ready[request.raw_path, request.raw_headers] = Ready(
            weakref.ref(request[KEPT]),
            request[FORM],
            head_of(response),
            response.status == 200,
            key_of(request),
            Kind(request.method, row.path, response.status),
        )

    def find(
        self, message: RawRequestMessage, began: float | None = None
    ) -> bytes | None:
        """The whole answer; None: it goes the long way, or waits."""
        began = began or perf_counter()
        ready = self._came_before(message)
        kept = ready and ready.kept()
        if ready is None or kept is None or not self._holds(ready, kept):
            return None
        if self.rates is not None and self.rates.take(ready.key.name):
            return None
        self.answers.counts[HIT] += 1
        self.counts.answered[ready.counted] += 1
        head = b"%b%b: %b\r\nDate: %b\r\n\r\n" % (
            ready.head,
            ID_HEADER.encode(),
            new_id().encode(),
            rfc822_formatted_time().encode(),
        )
        body = b"" if not ready.has_body else kept.in_form(ready.form)
        self.counts.durations[ready.counted.route].note(perf_counter() - began)
        return head + body

    def waits(self, message: RawRequestMessage, peer: Peer) -> bool:
        """Whether a request without a quick answer waits; else it goes the long way.

        It waits until what has arrived is heard, or for one that is alike. Where none is on
        the long way, this one goes, and must be released at its end.
        """
        if self._came_before(message) is None or not self._may_hold():
            return False  # it is new, or no answer is a quick one now
        each = Waiting(peer, message, perf_counter(), MOST_TURNS)
        if self.listener.is_in_step():
            return self._waits_for_one(each)
        self._unheard.append(each)
        peer.held = message
        if len(self._unheard) == 1:
            self._begin_to_settle(self._unheard)
        return True

    def _waits_for_one(self, each: Waiting) -> bool:
        """Whether it waits for one that is alike, and on the long way; else it is that one."""
        peer, message, began, turns = each
        ready = self._came_before(message)
        if not turns or ready is None or not self._may_hold():
            return False
        kept = ready.kept()
        if kept is not None and self._holds(ready, kept):
            return False  # it came too often
        name = message.path, message.raw_headers
        if name not in self._waiting:
            self._waiting[name] = deque()
            peer.leads = name
            return False
        self._waiting[name].append(Waiting(peer, message, began, turns - 1))
        peer.held = message
        return True

    def release(self, peer: Peer) -> None:
        """Its request has its answer, or gets none: those that wait for it are settled."""
        waiting, peer.leads = self._waiting.pop(peer.leads, None), None
        if waiting:
            self._begin_to_settle(waiting)

    def _begin_to_settle(self, waiting: deque[Waiting]) -> None:
        task = asyncio.create_task(self._settle(waiting))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle(self, waiting: deque[Waiting]) -> None:
        hears = True
        try:
            while waiting:
                if hears and not self.listener.is_in_step():
                    hears = await self.listener.hear()
                each = waiting.popleft()
                if each.peer.held is each.message:
                    self._look_again(each)
        finally:
            for each in waiting:
                if each.peer.held is each.message:
                    each.peer.settle(None)

    def _look_again(self, each: Waiting) -> None:
        """Where an event has changed the answer, wait for another one, but not for ever."""
        answer = self.find(each.message, each.began)
        if answer is None and self._waits_for_one(each):
            return
        each.peer.settle(answer)

    def _came_before(self, message: RawRequestMessage) -> Ready | None:
        if message.method != hdrs.METH_GET or message.should_close:
            return None
        return self._ready.get((message.path, message.raw_headers))

    def _may_hold(self) -> bool:
        """Whether there are quick answers now: events are heard, without being asked for."""
        return self.listener.look is None and self.listener.source.alive()

    def _holds(self, ready: Ready, kept: Kept) -> bool:
        key = ready.key
        return (
            self.listener.is_in_step()
            and not self.keys.is_outdated
            and (key is NOBODYS or self.keys.by_hash.get(key.key_hash) == key)
            and self.answers.is_valid(kept)
        )


def head_of(response: web.StreamResponse) -> bytes:
    """The first line and the headers, without those of its own."""
    lines = [f"HTTP/1.1 {response.status} {response.reason}"]
    lines += [
        f"{name}: {value}"
        for name, value in response.headers.items()
        if name.lower() not in OWN
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()
