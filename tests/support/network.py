"""A network that can go silent, between a client and a database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Network:
    """Passes bytes on, both ways, unless it is silent: then nothing is refused either."""

    def __init__(self, socket_path: str) -> None:
        self.socket_path = socket_path  # where new connections lead
        self.port = 0
        self.passes = asyncio.Event()
        self.passes.set()
        self.tasks: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """End every connection; new ones are passed on."""
        for task in self.tasks:
            task.cancel()

    def accept(self, near: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        self.tasks.add(asyncio.create_task(self._carry(near, out)))

    async def _carry(
        self, near: asyncio.StreamReader, out: asyncio.StreamWriter
    ) -> None:
        try:
            far, into = await asyncio.open_unix_connection(self.socket_path)
        except OSError:  # nobody is there, and nobody answers
            return out.transport.abort()
        try:
            await asyncio.gather(self._copy(near, into), self._copy(far, out))
        finally:
            for writer in (into, out):
                writer.transport.abort()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                await self.passes.wait()
                writer.write(chunk)
        await self.passes.wait()
        writer.close()


@asynccontextmanager
async def network(dsn: str) -> AsyncIterator[tuple[Network, str]]:
    """A network before the database, and the DSN that leads through it."""
    given = conninfo_to_dict(dsn)
    path = f"{given['host']}/.s.PGSQL.{given.get('port') or 5432}"
    async with network_before(path) as between:
        yield between, make_conninfo(dsn, host="127.0.0.1", port=str(between.port))


@asynccontextmanager
async def network_before(socket_path: str) -> AsyncIterator[Network]:
    """A network before the socket of a server, on a port of its own."""
    between = Network(socket_path)
    server = await asyncio.start_server(between.accept, "127.0.0.1")
    between.port = server.sockets[0].getsockname()[1]
    try:
        yield between
    finally:
        server.close()
        for task in between.tasks:
            task.cancel()
        await asyncio.gather(*between.tasks, return_exceptions=True)
