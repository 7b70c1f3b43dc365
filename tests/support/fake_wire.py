"""A wire that answers from lists, and remembers what was asked."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from pgstrike.jobs.live.plugin import Asked, Frame

READ_AT = 830_014_400_000_000  # 2026-04-20, 11:33 in New York


class Request(NamedTuple):
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


class FakeSocket:
    def __init__(self, frames: list[bytes]) -> None:
        self.sent: list[bytes | str] = []
        self._frames = frames

    async def send(self, data: bytes | str) -> None:
        self.sent.append(data)

    async def __aiter__(self) -> AsyncIterator[Frame]:
        for place, data in enumerate(self._frames):
            yield Frame(READ_AT + place, data)


class FakeWire:
    """`answers` are by address, in order; `frames` come on each socket."""

    def __init__(
        self, answers: Mapping[str, list[bytes]], frames: list[bytes] | None = None
    ) -> None:
        self.asked: list[Request] = []
        self.sockets: list[FakeSocket] = []
        self.slept: list[float] = []
        self._answers = {url: iter(bodies) for url, bodies in answers.items()}
        self._frames = frames or []

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        return await self.post(url, b"", params=params, headers=headers)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        self.asked.append(Request(url, params or {}, headers or {}, body))
        return Frame(READ_AT + len(self.asked), next(self._answers[url]))

    @asynccontextmanager
    async def socket(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[FakeSocket]:
        self.asked.append(Request(url, params or {}, headers or {}))
        self.sockets.append(FakeSocket(self._frames))
        yield self.sockets[-1]

    async def through(
        self, name: str, source: AsyncIterator[bytes]
    ) -> AsyncIterator[Frame]:
        async for data in source:
            yield Frame(READ_AT, data)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def asked(name: str, symbols: list[str], **options: str) -> Asked:
    """What a user asks of a feed; each secret is its own name."""
    return Asked(name, symbols, options, lambda secret: f"<{secret}>")
