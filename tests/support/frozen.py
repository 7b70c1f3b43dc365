"""A reader with a socket of its own, which reads only on request."""

import asyncio
import socket
from typing import Self

from yarl import URL

from tests.api.conftest import KEY, Client


class FrozenReader:
    """Sends its request, and then reads nothing: its socket holds a few kB."""

    def __init__(self, address: URL, query: str) -> None:
        assert address.host is not None and address.port is not None
        self.address = (address.host, address.port)
        self.query = query
        self.received = b""

    async def __aenter__(self) -> Self:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, self.address)
        request = (
            f"GET /fo/stream{self.query} HTTP/1.1\r\nHost: here\r\n"
            f"Authorization: Bearer {KEY}\r\n\r\n"
        )
        await loop.sock_sendall(self.socket, request.encode())
        await self.read_until(b"\n\n")  # it has been answered
        return self

    async def __aexit__(self, *_: object) -> None:
        self.socket.close()

    async def read_until(self, text: bytes) -> None:
        while text not in self.received:
            assert await self.read_some(), "the stream ended"

    async def read_all(self) -> None:
        while await self.read_some():
            pass

    async def read_some(self, most: int = 65536) -> bool:
        chunk = await asyncio.get_running_loop().sock_recv(self.socket, most)
        self.received += chunk
        return bool(chunk)

    def body(self) -> bytes:
        """What the chunks hold that came in whole; the last one must be whole as well."""
        _, _, rest = self.received.partition(b"\r\n\r\n")
        found = b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size, 16)
            assert rest[length : length + 2] == b"\r\n"
            found += rest[:length]
            rest = rest[length + 2 :]
        return found


def address_of(client: Client) -> URL:
    """Where the server of a client is."""
    base = client.session._base_url
    assert base is not None
    return base
