"""A process's end of a pair of sockets with the one that listens for the host."""

import asyncio
import os
import select
import socket
from typing import NamedTuple

from pgstrike.api.events.shared.page import Page
from pgstrike.api.events.shared.wire import LEAVES, Unpacker
from pgstrike.db.listen import readable

CHUNK = 65_536


class GoneError(Exception):
    """The process that listens has gone, lost its connection, or cut this one."""

    def __init__(self, what: str = "closed the connection") -> None:
        super().__init__(f"the process of this host that listens {what}")


class Welcome(NamedTuple):
    """What the listening process sends first."""

    probe_channel: str
    channel: str  # that it listens to
    database: socket.socket  # its own: to be looked at, and never read


class Pair:
    """What comes, and whether all of it has been dealt with."""

    def __init__(self, own: socket.socket) -> None:
        self._own = own
        self._unpacker = Unpacker()
        self._database = select.poll()
        self._page: Page | None = None
        self._number = 0  # of the record that was received last
        self._taken: int | None = None  # the last one that was dealt with
        self.leaves = False  # the other process: another one has the door

    @property
    def heard_at(self) -> float | None:
        return None if self._page is None else self._page.heard_at

    def find(self, id: int) -> bytes | None:
        """The payload of an event that the host has in memory."""
        return None if self._page is None else self._page.ring.find(id)

    async def welcome(self) -> Welcome:
        """Return once the other process listens."""
        await readable(self._own.fileno())
        data, given, _, _ = socket.recv_fds(self._own, CHUNK, 2)
        probe_channel, channel = self._unpack(data)
        database, page = given
        self._database.register(database, select.POLLIN)
        self._page = Page(page)
        os.close(page)
        return Welcome(probe_channel, channel, socket.socket(fileno=database))

    async def receive(self) -> list[str]:
        chunk = await asyncio.get_running_loop().sock_recv(self._own, CHUNK)
        return self._unpack(chunk)

    def settle(self) -> None:
        """All that was received has been dealt with."""
        self._taken = self._number

    def is_quiet(self) -> bool:
        """Whether all that has arrived at this host is dealt with.

        The order matters: what the database's socket does not hold any more has a number, or
        the state is odd.
        """
        return (
            self._page is not None
            and not self._database.poll(0)
            and self._page.state == self._taken
        )

    def close(self) -> None:
        self._own.close()

    def _unpack(self, chunk: bytes) -> list[str]:
        if not chunk:
            raise GoneError
        found: list[str] = []
        for record in self._unpacker.feed(chunk):
            self._number = record.number
            found += record.texts
        self.leaves = self.leaves or LEAVES in found
        return [text for text in found if text != LEAVES]
