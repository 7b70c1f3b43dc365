"""Answers that are kept until an event changes them. No I/O.

Requests of one key that ask for the same at the same time share one query. When there is no
room, the answer that was asked for longest ago is forgotten.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pgstrike.api.cache.changes import Changes, Changing

ENTRY_BYTES = 1000  # of an answer without its text: key, headers, objects
# How requests were answered, and why kept answers were forgotten.
HIT, MISS, SHARED, BYPASSED = "hit", "miss", "shared", "bypassed"
OUTDATED, DROPPED = "outdated", "dropped"
OUTCOMES = {
    HIT: "answered from memory",
    MISS: "asked of the database, and kept",
    SHARED: "waited for the query of another request",
    BYPASSED: "asked while events were not heard, and not kept",
    OUTDATED: "forgotten because of an event",
    DROPPED: "forgotten for want of room",
}


class Form(NamedTuple):
    """An answer in a form, such as CSV, or in a coding, such as zstd."""

    body: bytes
    cursor: str | None = None  # of the next page, where the body does not say it


@dataclass(slots=True, eq=False, weakref_slot=True)
class Kept:
    """An answer, and the forms of it that were sent."""

    etag: str
    body: bytes
    event: int  # that the answer says
    newest: int  # event when it was made
    by: Changing
    may_be_kept: bool  # False: made with other rights than were known
    forms: dict[Hashable, Form] = field(default_factory=dict)
    key: Hashable = None  # while it is kept

    @property
    def size(self) -> int:
        forms = sum(len(form.body) + ENTRY_BYTES for form in self.forms.values())
        return ENTRY_BYTES + len(self.body) + forms

    def in_form(self, name: tuple[str, ...]) -> bytes:
        """The bytes of a form that was sent; () is the answer itself."""
        return self.forms[name].body if name else self.body


class Query:
    """A query that several wait for. It is cancelled when nobody does."""

    def __init__(self, work: Coroutine[Any, Any, Kept], heard: tuple[int, int]) -> None:
        self.heard = heard  # what had been heard when it began
        self.is_dropped = False
        self.task = asyncio.create_task(work)
        self._waiting = 0

    async def answer(self) -> Kept:
        self._waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self._waiting -= 1
            if not self._waiting and not self.task.done():
                self.is_dropped = True
                self.task.cancel()


class Answers:
    """Kept answers, by request and by the rights of the key."""

    def __init__(self, changes: Changes, *, most_bytes: int) -> None:
        self.changes = changes
        self.most_bytes = most_bytes
        self.bytes = 0
        self.counts: Counter[str] = Counter()  # by the names of OUTCOMES
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._queries: dict[tuple[Hashable, str], Query] = {}
        self._restarts = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Hashable) -> Kept | None:
        """The kept answer, unless an event that was heard has changed it."""
        if self._restarts != self.changes.restarts:
            self._forget_all()
        kept = self._kept.get(key)
        if kept is None:
            return None
        if self.changes.newest(kept.by) > kept.newest:
            self.counts[OUTDATED] += 1
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return kept

    def is_valid(self, kept: Kept) -> bool:
        """Whether `find` would give this very answer."""
        return kept.key is not None and self.find(kept.key) is kept

    async def obtain(
        self,
        key: Hashable,
        reader: str,
        by: Changing,
        make: Callable[[], Coroutine[Any, Any, Kept]],
    ) -> Kept:
        """The answer, kept or new. It includes every event that was heard before this call.

        Requests of one key (`reader`) share a query. Its error lists what that key may read.
        """
        heard = self._heard(by)
        outcome = SHARED
        while True:
            if kept := self.find(key):
                self.counts[HIT if outcome is SHARED else outcome] += 1
                return kept
            query = self._queries.get((key, reader))
            if query is None:
                outcome = MISS
                query = self._begin(key, reader, by, make)
            elif query.is_dropped or query.heard < heard:
                # It may lack an event that we have heard: wait, then share a newer query.
                await asyncio.wait([query.task])
                continue
            self.counts[outcome] += 1
            return await query.answer()

    def add_form(self, kept: Kept, name: Hashable, form: Form) -> None:
        """Keep a form with its answer."""
        if name in kept.forms:
            return
        before = kept.size
        kept.forms[name] = form
        if kept.key is not None:
            self.bytes += kept.size - before
            self._make_room()

    def _heard(self, by: Changing) -> tuple[int, int]:
        return self.changes.restarts, self.changes.newest(by)

    def _begin(
        self,
        key: Hashable,
        reader: str,
        by: Changing,
        make: Callable[[], Coroutine[Any, Any, Kept]],
    ) -> Query:
        query = self._queries[key, reader] = Query(make(), self._heard(by))

        def end(done: "asyncio.Task[Kept]") -> None:
            del self._queries[key, reader]
            self._end(key, query, done)

        query.task.add_done_callback(end)
        return query

    def _end(self, key: Hashable, query: Query, done: "asyncio.Task[Kept]") -> None:
        if done.cancelled() or done.exception() is not None:
            return
        kept = done.result()
        if kept.may_be_kept and self._heard(kept.by) <= (query.heard[0], kept.newest):
            self._keep(key, kept)

    def _keep(self, key: Hashable, kept: Kept) -> None:
        if kept.size > self.most_bytes:
            return
        self._forget(key)
        self._kept[key] = kept
        kept.key = key
        self.bytes += kept.size
        self._make_room()

    def _make_room(self) -> None:
        while self.bytes > self.most_bytes:
            self.counts[DROPPED] += 1
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            kept.key = None
            self.bytes -= kept.size

    def _forget_all(self) -> None:
        for key in tuple(self._kept):
            self._forget(key)
        self._restarts = self.changes.restarts
