"""One connection to Redis, one request at a time.

No driver is used, because of `is_idle`. An api that answers from memory has to know whether
bytes have arrived that nobody has read: in the system, or in the driver. Drivers do not say.
"""

import asyncio
import contextlib
import select
import ssl
from collections.abc import AsyncIterator

from pgstrike.api.relay.address import Address
from pgstrike.api.relay.resp import IncompleteError, RedisError, Reply, encode, parse

CONNECT_SECONDS = 2.0


class Link(asyncio.Protocol):
    """A connection that is open until it is lost, or an answer does not come in time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._reply: asyncio.Future[Reply] | None = None
        self._transport: asyncio.Transport | None = None
        self._socket = select.poll()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._socket.register(transport.get_extra_info("socket"), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            reply, end = parse(self._buffer)
        except IncompleteError:
            return
        except ValueError as error:
            return self._fail(ConnectionError(str(error)))
        del self._buffer[:end]
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(ConnectionError(str(exc or "Redis closed the connection")))

    async def ask(self, *parts: str | int | bytes, seconds: float) -> Reply:
        """The reply to a request. RedisError, ConnectionError, or TimeoutError."""
        assert self._transport is not None and self._reply is None
        if self._transport.is_closing():
            raise ConnectionError("the connection to Redis is closed")
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(encode(*parts))
        try:
            async with asyncio.timeout(seconds):
                reply = await self._reply
        except BaseException:
            self.close()  # its reply would be taken for that of the next request
            raise
        finally:
            self._reply = None
        if isinstance(reply, RedisError):
            raise reply
        return reply

    def is_idle(self) -> bool:
        """Whether a reply is waited for, and nothing of it has arrived."""
        return (
            self._reply is not None
            and not self._reply.done()
            and not self._buffer
            and self._transport is not None
            and not self._transport.is_closing()
            and not self._socket.poll(0)
        )

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: Exception) -> None:
        self.close()
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)


@contextlib.asynccontextmanager
async def connected(address: Address) -> AsyncIterator[Link]:
    """A connection, signed in."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            if address.path is not None:
                _, link = await loop.create_unix_connection(Link, address.path)
            else:
                security = ssl.create_default_context() if address.is_tls else None
                _, link = await loop.create_connection(
                    Link, address.host, address.port, ssl=security
                )
    except (OSError, TimeoutError) as error:
        raise ConnectionError(f"{address.name} cannot be reached ({error})") from None
    try:
        await sign_in(link, address)
        yield link
    finally:
        link.close()


async def sign_in(link: Link, address: Address) -> None:
    if address.password is not None:
        user = [] if address.user is None else [address.user]
        await link.ask("AUTH", *user, address.password, seconds=CONNECT_SECONDS)
    if address.database:
        await link.ask("SELECT", address.database, seconds=CONNECT_SECONDS)
