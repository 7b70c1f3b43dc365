"""The stream in Redis: what may be done with it, each by a script that runs alone.

The entry of event 7 is `7-0`. So its id is its place, and nothing can be added twice or out of
order. Words of changes without an event follow as `7-1`, `7-2`. The first entry of a stream is
no event: it says after which event the stream starts, and why.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha1
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

from pgstrike.api.events.event import Event, Position
from pgstrike.api.relay.address import RedisSettings
from pgstrike.api.relay.link import Link, connected
from pgstrike.api.relay.resp import RedisError, Reply
from pgstrike.db.errors import PgstrikeError

LUA = Path(__file__).parent / "lua"
BEATS = 16  # that are kept
ANSWER_SECONDS = 5.0


class Entry(NamedTuple):
    """One entry of a stream of Redis."""

    id: str
    fields: Mapping[str, str]


class Place(NamedTuple):
    """The newest entry of a stream."""

    id: str
    epoch: str
    stream: str  # another one after each start
    words: int  # so many were added since the start

    @property
    def event(self) -> int:
        """The event that it is, or that it follows."""
        return int(self.id.partition("-")[0])


class Outcome(NamedTuple):
    """Whether something was done, and where the stream stands; None where there is none."""

    is_done: bool
    place: Place | None


class Script(NamedTuple):
    """The text of a script, and the name that Redis gives it."""

    text: str
    digest: str


@cache
def script(name: str) -> Script:
    text = "".join((LUA / f"{part}.lua").read_text() for part in ("newest", name))
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


class RelayStream:
    """The stream and its heartbeats, through one connection."""

    def __init__(self, link: Link, settings: RedisSettings) -> None:
        self.link = link
        self.settings = settings

    async def look(self) -> Place | None:
        key = self.settings.stream
        request = ("XREVRANGE", key, "+", "-", "COUNT", 1)
        found = entries_of(await self.link.ask(*request, seconds=ANSWER_SECONDS))
        return place_of(found[0]) if found else None

    async def append(self, events: Sequence[Event], after: int) -> Outcome:
        """Add events that follow one another, the first of them after an id."""
        epoch = events[0].position.epoch
        lines: list[str | int | bytes] = []
        for event in events:
            lines += [event.position.id, event.payload]
        return await self._run("append", epoch, after, self.settings.entries, *lines)

    async def add_word(self, word: str) -> Outcome:
        return await self._run("add_word", word, self.settings.entries)

    async def start(
        self, seen: Place | None, position: Position, reason: str
    ) -> Outcome:
        """A new stream after a position, unless somebody changed the one that was seen."""
        id, stream = ("", "") if seen is None else (seen.id, seen.stream)
        named = position.epoch, position.id, token_hex(8), reason
        return await self._run("start", id, stream, *named, BEATS)

    async def beat(self, relay: str) -> Outcome:
        return await self._run("beat", relay, BEATS)

    async def _run(self, name: str, *arguments: str | int | bytes) -> Outcome:
        keys = (2, self.settings.stream, self.settings.beats)
        text, digest = script(name)
        seconds = ANSWER_SECONDS
        try:
            reply = await self.link.ask(
                "EVALSHA", digest, *keys, *arguments, seconds=seconds
            )
        except RedisError as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
            reply = await self.link.ask(
                "EVAL", text, *keys, *arguments, seconds=seconds
            )
        return outcome_of(reply)


async def require_redis(settings: RedisSettings) -> None:
    """Refuse to start where Redis cannot be used. Later its absence is waited for."""
    where = settings.address.name
    try:
        async with connected(settings.address) as link:
            await RelayStream(link, settings).look()
    except RedisError as error:
        raise PgstrikeError(
            f"{where} refused: {error}; see PGSTRIKE_REDIS_URL and PGSTRIKE_REDIS_STREAM"
        ) from None
    except (OSError, TimeoutError) as error:
        told = str(error) or f"{where} does not answer"
        raise PgstrikeError(f"{told}; start it, or set PGSTRIKE_REDIS_URL") from None


def outcome_of(reply: Reply) -> Outcome:
    assert isinstance(reply, list)
    is_done, *place = reply
    if not place:
        return Outcome(is_done == 1, None)
    id, epoch, stream, words = (text_of(part) for part in place)
    return Outcome(is_done == 1, Place(id, epoch, stream, int(words)))


def entries_of(reply: Reply) -> list[Entry]:
    """The entries of an answer. One that was deleted has no fields."""
    found: list[Entry] = []
    for entry in reply if isinstance(reply, list) else []:
        assert isinstance(entry, list)
        id, fields = entry
        texts = [text_of(part) for part in fields] if isinstance(fields, list) else []
        pairs = dict(zip(texts[::2], texts[1::2], strict=True))
        found.append(Entry(text_of(id), pairs))
    return found


def place_of(entry: Entry) -> Place:
    fields = entry.fields
    words = fields.get("words", "")
    count = int(words) if words.isdecimal() else 0
    return Place(entry.id, fields.get("epoch", ""), fields.get("stream", ""), count)


def text_of(part: Reply) -> str:
    assert isinstance(part, bytes)
    return part.decode(errors="replace")
