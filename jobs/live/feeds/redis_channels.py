"""Redis pub/sub: what is published while nobody listens is lost."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.feeds.line_decoder import TICK
from pgstrike.jobs.live.feeds.line_feed import LineFeed
from pgstrike.jobs.live.feeds.redis_client import connected, redis_errors, through
from pgstrike.jobs.live.plugin import Asked, Contract, Updates, Wire
from pgstrike.jobs.quote import QuoteBatch

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

GRID_SECONDS = 0.2
MOST_LINES = 20_000  # that wait and are no ticks; then the socket is not read on


class Named(msgspec.Struct):
    """What a tick is about."""

    tradingsymbol: str


NAMED = msgspec.json.Decoder(Named)


class RedisChannels(LineFeed):
    """The messages of some channels; of each contract the newest tick in 200 ms."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked, "channels")
        self.channels = channels_of(asked)

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates | QuoteBatch]:
        async with through(wire, "redis", self._blocks()) as frames:
            async for frame in frames:
                yield self.decoder.batch(frame.read_at, frame.data.split(b"\n"))

    async def _blocks(self) -> AsyncGenerator[bytes]:
        """Lines that came in a fifth of a second, as long as somebody takes them."""
        async with connected(self.asked) as client, subscribed(
            client, self.channels
        ) as channel:  # fmt: skip
            waiting = Waiting()
            reader = asyncio.create_task(waiting.read(channel))
            try:
                while not reader.done() or waiting.lines:
                    await waiting.some(reader)
                    await asyncio.sleep(GRID_SECONDS)
                    if block := waiting.take():
                        yield block
                await reader
            finally:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)


class Waiting:
    """Lines that came and were not taken: of a contract's ticks only the newest."""

    def __init__(self) -> None:
        self.lines: dict[object, bytes] = {}
        self._others = 0
        self._came = asyncio.Event()
        self._taken = asyncio.Event()

    async def read(self, channel: "PubSub") -> None:
        """Read until the connection breaks."""
        while True:
            with redis_errors():
                message = await channel.get_message(
                    ignore_subscribe_messages=True, timeout=None
                )
            if message is not None:
                self.add(message["data"])
            while self._others >= MOST_LINES:
                self._taken.clear()
                await self._taken.wait()

    def add(self, data: bytes) -> None:
        """Take a message in, of one line or several."""
        for line in data.split(b"\n"):
            if not line.strip():
                continue
            key: object = key_of(line)
            if key is None:
                self._others += 1
                key = self._others
            self.lines.pop(key, None)  # the newest is the last one
            self.lines[key] = line
            self._came.set()

    def take(self) -> bytes:
        """All that waits, a message a line."""
        lines, self.lines, self._others = self.lines, {}, 0
        self._came.clear()
        self._taken.set()
        return b"\n".join(lines.values())

    async def some(self, reader: "asyncio.Task[None]") -> None:
        """Wait until something came, or nothing will."""
        came = asyncio.create_task(self._came.wait())
        await asyncio.wait({came, reader}, return_when=asyncio.FIRST_COMPLETED)
        came.cancel()


def key_of(line: bytes) -> str | None:
    """The trading symbol of a tick. None: all such lines count."""
    if TICK in line:
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            return NAMED.decode(line).tradingsymbol
    return None


@contextlib.asynccontextmanager
async def subscribed(
    client: "Redis", channels: Sequence[str]
) -> AsyncIterator["PubSub"]:
    """Channels, or patterns where a name has a star; in force within the context."""
    async with client.pubsub() as channel:
        plain = [name for name in channels if "*" not in name]
        patterns = [name for name in channels if "*" in name]
        if plain:
            await channel.subscribe(*plain)
        if patterns:
            await channel.psubscribe(*patterns)
        yield channel


def channels_of(asked: Asked) -> list[str]:
    """The option `channels`; else those of each symbol's options and underlying."""
    text = asked.options.get("channels", "")
    given = [name.strip() for name in text.split(",") if name.strip()]
    if not given:
        of = [symbol.lower() for symbol in asked.symbols]
        given = [
            f"ticker:{name}:{what}" for name in of for what in ("underlying", "options")
        ]
    if not given:
        raise FeedError(
            f"feed {asked.name} has no symbols and no channels; give the option "
            "channels=NAME,..."
        )
    return given


def open_feed(asked: Asked) -> RedisChannels:
    return RedisChannels(asked)
