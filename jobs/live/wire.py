"""The wire to a source: HTTP and WebSockets, by aiohttp. No message says an address's query.

A socket is read only as fast as its messages are taken. Where a source sends faster, at most
a message and about 128 kB wait here; then the system's buffers fill, and TCP holds the source
back. Nothing is lost, and nothing grows; but what is read is late, and many sources then close.
So a feed takes each message at once, and merging (not a queue) makes up for slow storing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, NamedTuple, NoReturn

import aiohttp
from aiohttp import WSMsgType

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import now
from pgstrike.jobs.live.addresses import check_address, shown_address
from pgstrike.jobs.live.plugin import Frame
from pgstrike.jobs.live.secrets import hidden
from pgstrike.jobs.live.wire_errors import (
    BROKE_OFF,
    MOST_SHOWN,
    FailedAnswer,
    broken,
    errors_of,
    failure,
    short,
)

CLEAN_CLOSE = (1000, 1001, 1005)
# Headers that the client writes by itself; all others may have a secret.
OWN_HEADERS = {
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
}
OWN_HEADERS |= {"host", "upgrade", "user-agent", "sec-websocket-version"}


class Limits(NamedTuple):
    """Seconds and bytes after which a connection is given up.

    `heartbeat` is how long a socket may be silent before it is pinged; it is given up where
    half as long later nothing has come.
    """

    connect: float = 10.0
    answer: float = 30.0  # a whole answer
    heartbeat: float = 20.0
    close: float = 2.0
    body: int = 256 * 2**20  # the largest dumps of instruments have 60 MB
    message: int = 16 * 2**20


NO_LIMITS = Limits()


class LiveSocket:
    """An open WebSocket; `shown` is its address without its query."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse[bool],
        shown: str,
        hide: Callable[[str], str],
    ) -> None:
        self._socket = socket
        self._shown = shown
        self._hide = hide

    async def send(self, data: bytes | str) -> None:
        try:
            if isinstance(data, str):
                await self._socket.send_str(data)
            else:
                await self._socket.send_bytes(data)
        except (aiohttp.ClientError, OSError) as error:
            raise broken(self._shown, self._why(error)) from None

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """The messages; OSError where the connection breaks, or is closed with a fault."""
        while True:
            message = await self._socket.receive()
            if message.type is WSMsgType.BINARY:
                yield Frame(now(), message.data)
            elif message.type is WSMsgType.TEXT:
                yield Frame(now(), message.data)  # bytes: decode_text is off
            elif message.type is WSMsgType.CLOSE and message.data in CLEAN_CLOSE:
                return
            else:
                self._fail(message)

    def _fail(self, message: Any) -> NoReturn:
        if message.type is WSMsgType.CLOSE:
            reason = self._hide(short(str(message.extra or "")))
            said = f": {reason}" if reason else ""
            raise broken(self._shown, f"closed with code {message.data}{said}")
        if message.type is WSMsgType.ERROR:
            fault = message.data
            if isinstance(fault, aiohttp.WebSocketError) and fault.code == 1009:
                raise FeedError(f"{self._shown} sent a message that is too large")
            raise broken(self._shown, self._why(fault))
        raise broken(self._shown, self._why(self._socket.exception()))

    def _why(self, fault: BaseException | None) -> str:
        """What ended it. Of a connection that is gone aiohttp has several sentences."""
        if fault is None or isinstance(fault, ConnectionResetError):
            return BROKE_OFF
        return self._hide(short(str(fault)))


class LiveWire:
    """The Wire of plugin.py to a real source. Use it as an async context manager.

    `hide` takes secrets out of a text (Secrets.hide). What a request has in its params and
    headers is hidden too.
    """

    def __init__(
        self, hide: Callable[[str], str] = str, limits: Limits = NO_LIMITS
    ) -> None:
        self._hide = hide
        self._limits = limits

    async def __aenter__(self) -> "LiveWire":
        limits = self._limits
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(
                total=limits.answer, sock_connect=limits.connect
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(self._judge,),
            requote_redirect_url=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        return await self._ask("GET", url, None, params, headers)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        return await self._ask("POST", url, body, params, headers)

    async def _ask(
        self,
        method: str,
        url: str,
        body: bytes | None,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> Frame:
        check_address(url, params, headers)
        shown = shown_address(url)
        async with errors_of(shown):
            asked = self._session.request(
                method, url, data=body, params=params, headers=headers
            )
            async with asked as response:
                data = await read_body(response, self._limits.body)
                if data is None:
                    raise FeedError(f"{shown} sent an answer that is too large")
                return Frame(now(), data)

    @asynccontextmanager
    async def socket(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[LiveSocket]:
        check_address(url, params, headers)
        shown = shown_address(url)
        async with errors_of(shown), asyncio.timeout(self._limits.answer):
            socket = await self._session.ws_connect(
                url,
                params=params,
                headers=headers,
                timeout=aiohttp.ClientWSTimeout(ws_close=self._limits.close),
                heartbeat=self._limits.heartbeat,
                max_msg_size=self._limits.message,
                decode_text=False,
            )
        try:
            yield LiveSocket(socket, shown, self._hide)
        finally:
            await socket.close()

    async def through(
        self, name: str, source: AsyncIterator[bytes]
    ) -> AsyncIterator[Frame]:
        async for data in source:
            yield Frame(now(), data)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _judge(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Raise for each answer that is none: here, also the body of a handshake is there."""
        response = await handler(request)
        if response.status < 300:
            return response
        try:
            body = await read_body(response, 4 * MOST_SHOWN, cut=True) or b""
        finally:
            response.close()
        text = hidden(body.decode(errors="replace"), sent_with(request))
        raise FailedAnswer(
            failure(response, shown_address(str(request.url)), short(self._hide(text)))
        )


def sent_with(request: aiohttp.ClientRequest) -> list[str]:
    """All values that a feed gave, in headers and in the query."""
    headers = request.headers.items()
    given = [value for name, value in headers if name.lower() not in OWN_HEADERS]
    return [*given, *request.url.query.values()]


async def read_body(
    response: aiohttp.ClientResponse, most: int, cut: bool = False
) -> bytes | None:
    """A body of at most so many bytes; of a larger one its begin, or None."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > most:
            return bytes(body[:most]) if cut else None
    return bytes(body)
