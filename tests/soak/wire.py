"""One answer, read from a socket of our own: it can be frozen, and cut without a word."""

import asyncio
import socket
import struct
import sys
import zlib
from collections.abc import Callable
from typing import Self

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Decode = Callable[[bytes], bytes]
KEPT_BYTES = 8192  # by ourselves, of what was not asked for yet
NARROW, WIDE = (
    8192,
    1_000_000,
)  # bytes that the socket of a frozen reader holds, and then
LOST = (OSError, asyncio.IncompleteReadError)


class Wire:
    """The answer to one GET, as chunks that are decoded as they come."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}
        self._decode: Decode = bytes

    @classmethod
    async def open(cls, port: int, target: str, headers: dict[str, str]) -> Self:
        streams = await asyncio.open_connection("127.0.0.1", port, limit=KEPT_BYTES)
        wire = cls(*streams)
        try:
            await wire._ask(target, headers)
        except BaseException:
            wire.close()
            raise
        return wire

    async def _ask(self, target: str, headers: dict[str, str]) -> None:
        lines = [f"GET {target} HTTP/1.1", "Host: soak"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *rest = head.decode().rstrip().split("\r\n")
        self.status = int(first.split()[1])
        for line in rest:
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value
        self._decode = decoder(self.headers.get("content-encoding", "identity"))

    async def read(self) -> bytes:
        """The next chunk, decoded; b"" at the end of the answer."""
        while True:
            line = await self.reader.readline()
            if not line.endswith(b"\r\n"):
                raise asyncio.IncompleteReadError(line, None)
            size = int(line, 16)
            data = (await self.reader.readexactly(size + 2))[:-2]
            if not size:
                return b""
            if decoded := self._decode(data):
                return decoded

    def hold(self, size: int) -> None:
        """Have the socket hold so much of what we do not read."""
        own = self.writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def cut(self) -> None:
        """End the connection by a reset of TCP."""
        own = self.writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.transport.abort()


def decoder(coding: str) -> Decode:
    if coding == "gzip":
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress
    return {"zstd": zstd.decompress, "identity": bytes}[coding]
