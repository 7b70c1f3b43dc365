"""HTTP as the bytes of a connection."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.api.conftest import KEY, Client

PATH = "/v1/chain?symbol=NIFTY&expiry=front"
PATIENCE = 20


class Wire:
    """A connection as its bytes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, path: str = PATH, method: str = "GET", **headers: str) -> None:
        named = {"Host": "localhost", "Authorization": f"Bearer {KEY}", **headers}
        lines = [
            f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items()
        ]
        self.writer.write(f"{method} {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode())

    async def answer(self, *, has_body: bool = True) -> tuple[bytes, bytes]:
        """Head and body."""
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head)
            size = int(length[1]) if length and has_body else 0
            return head, await self.reader.readexactly(size)

    async def ask(self, path: str = PATH, **headers: str) -> tuple[bytes, bytes]:
        self.send(path, **headers)
        return await self.answer()


@asynccontextmanager
async def wire(client: Client) -> AsyncIterator[Wire]:
    host, _, port = client.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
