"""A Wire that records nothing, for feeds that are tested alone."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NoReturn

import aiohttp

from pgstrike.jobs.feed.times import microseconds
from pgstrike.jobs.live.plugin import Frame, RefusedError


def now() -> int:
    return microseconds(datetime.now(UTC))


class SmallSocket:
    """A WebSocket of aiohttp."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, data: bytes | str) -> None:
        await (
            self.socket.send_str(data)
            if isinstance(data, str)
            else self.socket.send_bytes(data)
        )

    async def __aiter__(self) -> AsyncIterator[Frame]:
        async for message in self.socket:
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                data = message.data
                yield Frame(now(), data.encode() if isinstance(data, str) else data)
        if self.socket.close_code not in (1000, 1001):
            raise ConnectionError("the connection broke")


class SmallWire:
    """Gives what comes, with the time; frames that are given before are played instead."""

    def __init__(self, played: list[Frame] | None = None) -> None:
        self.played = played
        self.recorded: list[Frame] = []

    async def get(self, url: str, **more: object) -> NoReturn:
        raise NotImplementedError

    async def post(self, url: str, body: bytes, **more: object) -> NoReturn:
        raise NotImplementedError

    @asynccontextmanager
    async def socket(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[SmallSocket]:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(url, params=params, headers=headers) as socket,
            ):
                yield SmallSocket(socket)
        except aiohttp.WSServerHandshakeError as error:
            if error.status in (401, 403):
                raise RefusedError("refused; look at the token") from None
            raise ConnectionError(str(error.status)) from None

    async def through(
        self, name: str, source: AsyncIterator[bytes]
    ) -> AsyncIterator[Frame]:
        if self.played is not None:
            for frame in self.played:
                yield frame
            return
        async for data in source:
            self.recorded.append(Frame(now(), data))
            yield self.recorded[-1]

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError
