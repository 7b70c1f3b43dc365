"""How a request is answered from memory (api/cache/), and when it is not."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from pgstrike.api.access.keys import Key
from pgstrike.api.cache.answers import BYPASSED, OUTCOMES, Answers, Form, Kept
from pgstrike.api.cache.changes import NEVER_KEPT, Changing
from pgstrike.api.errors import bad_request
from pgstrike.api.events.event import Position
from pgstrike.api.http.app_keys import ANSWERS, HUB, KEYS, LISTENER, POOL, SETTINGS
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.route import SENT
from pgstrike.api.http.seam import matched, not_yet
from pgstrike.api.parameters import Optional
from pgstrike.api.streams.subscription import POSITION_KIND
from pgstrike.db.pool import ask

AFTER = Optional(
    "after",
    POSITION_KIND,
    "ab12cd34:123",
    "The answer includes that event, or comes not yet.",
)
KEPT = web.RequestKey("kept", Kept)
# The variants of it that are sent: ("csv", "zstd").
FORM: web.RequestKey[tuple[str, ...]] = web.RequestKey("form")


class Made(NamedTuple):
    """An answer of SQL: JSON, its ETag, and the events and rights that it was made with."""

    etag: str
    body: bytes
    event: int  # that the answer says
    newest: int  # event of the log
    symbols: list[str] | None
    topics: list[str] | None


class Asked(NamedTuple):
    """What the database is asked: a query with its values, and what changes the answer."""

    query: str
    values: Mapping[str, Any]
    by: Changing


async def kept_answer(request: web.Request, asked: Asked) -> Kept:
    """The answer, from memory where that is as new as all that was heard."""
    sent = request[SENT]
    after = sent[AFTER] if sent.has(AFTER) else None
    if (wanted := after or matched(request)) is not None:
        return await answer_after(request, asked, wanted)
    return await newest_answer(request, asked)


async def newest_answer(request: web.Request, asked: Asked) -> Kept:
    app, key = request.app, key_of(request)
    answers = app[ANSWERS]
    make = partial(make_answer, app, key, asked)
    if not await is_current(app, key):
        answers.counts[BYPASSED] += 1
        return await make()
    rights = key.rights.reading({"chain"})  # no kept answer has alerts
    name = (asked.query, json.dumps(asked.values, sort_keys=True), rights)
    return await answers.obtain(name, key.name, asked.by, make)


async def is_current(app: web.Application, key: Key) -> bool:
    """Whether all that has arrived is taken, and the key has the rights that it had.

    Where not, they are for SQL to judge.
    """
    keys, listener = app[KEYS], app[LISTENER]
    is_heard = await listener.hear()
    if keys.is_outdated:
        # Many wait here for one look; each for itself would hold up the look.
        is_heard = await keys.settle() and await listener.hear()
    return is_heard and not keys.is_outdated and keys.in_force(key)


async def make_answer(app: web.Application, key: Key, asked: Asked) -> Kept:
    [made] = await ask(
        app[POOL], asked.query, dict(asked.values), Made, reader=key.name
    )
    rights = key.rights
    had = [None if words is None else frozenset(words) for words in made[-2:]]
    return Kept(
        made.etag,
        made.body,
        made.event,
        made.newest,
        asked.by,
        may_be_kept=asked.by != NEVER_KEPT and had == [rights.symbols, rights.topics],
    )


async def answer_after(request: web.Request, asked: Asked, after: Position) -> Kept:
    """The answer once it includes an event, which this process may not have heard of yet."""
    hub, changes = request.app[HUB], request.app[ANSWERS].changes
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(request.app[SETTINGS].after_seconds):
            await hub.reach(after)
            while True:
                kept = await newest_answer(request, asked)
                now = hub.position
                assert now is not None  # it is started
                refuse_other_epoch(after, now)
                is_whole = kept.event == kept.newest >= changes.newest(asked.by)
                if after.id <= (max(now.id, kept.event) if is_whole else kept.event):
                    return kept
                await hub.reach(Position(now.epoch, now.id + 1))
    raise not_yet(after, AFTER.name)


def refuse_other_epoch(after: Position, now: Position) -> None:
    if after.epoch != now.epoch:
        raise bad_request(
            "other_epoch",
            f"after is {after}, an event of another database, or from before a restore",
            "Send an id of this one, or none",
            AFTER.name,
        )


def formed(request: web.Request, variant: str) -> Form | None:
    """The same answer as an earlier request had it converted or compressed."""
    return (
        request[KEPT].forms.get((*request[FORM], variant)) if KEPT in request else None
    )


def keep_form(request: web.Request, variant: str, form: Form) -> None:
    """Keep a converted or compressed answer, and note that this request gets it."""
    if KEPT in request:
        request[FORM] = (*request[FORM], variant)
        request.app[ANSWERS].add_form(request[KEPT], request[FORM], form)


async def cache(request: web.Request) -> web.Response:
    """How the answers in memory do."""
    return web.json_response(
        statistics(request.app[ANSWERS]), headers={hdrs.CACHE_CONTROL: "no-store"}
    )


def statistics(answers: Answers) -> dict[str, int]:
    return {
        "count": len(answers),
        "bytes": answers.bytes,
        "most_bytes": answers.most_bytes,
        **{outcome: answers.counts[outcome] for outcome in OUTCOMES},
    }
