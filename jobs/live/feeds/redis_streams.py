"""Redis Streams: read on from the entry that was stored last, so that nothing is lost."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.feeds.line_feed import LineFeed
from pgstrike.jobs.live.feeds.redis_client import connected, through
from pgstrike.jobs.live.plugin import Asked, Contract, Updates, Wire
from pgstrike.jobs.quote import Position, QuoteBatch

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = logging.getLogger(__name__)

MOST_ENTRIES = 2_000  # of a stream in one batch
BLOCK_MS = 1_000
BEGINNINGS = {"first": "0-0", "new": "$"}
FIELD = b"data"  # of an entry that holds lines; else its fields are a tick


class RedisStreams(LineFeed):
    """The entries of some streams, each once and in order."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked, "streams", "from")
        self.streams = streams_of(asked)
        self.beginning = beginning_of(asked)

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates | QuoteBatch]:
        async with through(wire, "redis-stream", self._blocks()) as frames:
            async for frame in frames:
                head, *lines = frame.data.split(b"\n")
                position = Position(self.asked.name, json.loads(head))
                batch = self.decoder.batch(frame.read_at, lines)
                yield batch._replace(position=position)

    async def _blocks(self) -> AsyncGenerator[bytes]:
        """Blocks of lines; the first line is the ids up to which the block goes."""
        stored = await asyncio.to_thread(self.asked.positions)
        async with connected(self.asked) as client:
            places = {
                name: await beginning(client, name, stored.get(name) or self.beginning)
                for name in self.streams
            }
            while True:
                answer = await client.xread(
                    dict(places.items()), count=MOST_ENTRIES, block=BLOCK_MS
                )
                lines: list[bytes] = []
                for name, entries in in_pairs(answer):
                    lines += [line_of(fields) for _, fields in entries]
                    places[name.decode()] = entries[-1][0].decode()
                if lines:
                    yield b"\n".join([json.dumps(places).encode(), *lines])


def in_pairs(answer: Any) -> list[tuple[bytes, list[Any]]]:
    """Streams with their entries, whatever protocol the answer came by."""
    if not isinstance(answer, Mapping):
        return list(answer or ())
    return [
        (name, [e for part in parts for e in part]) for name, parts in answer.items()
    ]


def line_of(fields: Mapping[bytes, bytes] | None) -> bytes:
    """The lines that an entry holds, or its fields as a tick."""
    if not fields:  # it was deleted
        return b""
    if FIELD in fields:
        return bytes(fields[FIELD])
    texts = {
        key.decode(errors="replace"): value.decode(errors="replace")
        for key, value in fields.items()
    }
    return json.dumps(texts).encode()


async def beginning(client: "Redis", stream: str, place: str) -> str:
    """The id to read on after; what was lost before it is told.

    `$` becomes the newest id at once: entries of the next second are not to be missed.
    """
    if not await client.exists(stream):
        return "0-0" if place == "$" else place
    about = await client.xinfo_stream(stream)
    newest = str(about["last-generated-id"], "ascii")
    if place == "$":
        return newest
    if number_of(newest) < number_of(place):
        logger.warning(
            "stream %s ends before entry %s, which was stored: it was made anew, and is "
            "read from its first entry",
            stream,
            place,
        )
        return "0-0"
    if place not in ("0-0", newest) and not await client.xrange(stream, place, place):
        logger.warning(
            "entry %s of stream %s was stored and is deleted by now; later ones may have "
            "been deleted before they were read",
            place,
            stream,
        )
    return place


def number_of(id: str) -> tuple[int, int]:
    time, _, number = id.partition("-")
    return int(time), int(number or 0)


def streams_of(asked: Asked) -> list[str]:
    text = asked.options.get("streams", "")
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise FeedError(
            f"feed {asked.name} has no streams; give the option streams=NAME,..."
        )
    return names


def beginning_of(asked: Asked) -> str:
    """Where to begin in a stream of which nothing is stored."""
    text = asked.options.get("from", "first")
    if text not in BEGINNINGS:
        raise FeedError(
            f"feed {asked.name}: from is {text[:80]!r}; give {' or '.join(BEGINNINGS)}"
        )
    return BEGINNINGS[text]


def open_feed(asked: Asked) -> RedisStreams:
    return RedisStreams(asked)
