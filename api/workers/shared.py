"""The host's listening process, as the supervisor of the workers sees it."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pgstrike.api.events.shared.page import SIZE, Page
from pgstrike.api.workers.worker import Worker

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
STUCK_LOOKS = 8  # without a beat
END_SECONDS = 10.0  # of one that is asked to end
COMMAND = [sys.executable, "-m", "pgstrike.api.host_listener"]


class Doors(NamedTuple):
    """The two ends of where workers join the listening process."""

    inner: socket.socket
    outer: socket.socket  # the workers'


@contextlib.contextmanager
def opened_doors() -> Iterator[Doors]:
    """No path leads to them: only our own processes have one."""
    inner, outer = socket.socketpair(type=socket.SOCK_DGRAM)
    with inner, outer:
        for end in (inner, outer):
            end.setblocking(False)
        yield Doors(inner, outer)


def new_page() -> int:
    """The descriptor of memory that is nobody's file; it is taken as it is filled."""
    memory = os.memfd_create("pgstrike")
    os.truncate(memory, SIZE)
    return memory


class HostListener(Worker):
    """The listening process, with a door for each server that it listens to, by name.

    Each process has pages of its own, so that two may be there at once.
    """

    name = "listener"

    def __init__(
        self, doors: Mapping[str, socket.socket], environ: Mapping[str, str]
    ) -> None:
        super().__init__([], environ, [])
        self._doors = doors
        self._page: Page | None = None  # the first; the process beats there

    async def start(self) -> str:
        with contextlib.ExitStack() as stack:
            self.command, self.descriptors = [*COMMAND], []
            for name, door in self._doors.items():
                memory = new_page()
                stack.callback(os.close, memory)
                self.descriptors += door.fileno(), memory
                self.command += name, str(door.fileno()), str(memory)
            address = await super().start()
            self._page = Page(self.descriptors[1])
            return address

    async def keep(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(super().keep())
            both.create_task(self._end_stuck())

    async def _end_stuck(self) -> None:
        """A process that is stopped, or hangs, is killed, and so started again."""
        beats, looks = 0, 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            assert self._page is not None and self._current is not None
            is_same = self._page.beats == beats and not self._starting.locked()
            beats, looks = self._page.beats, looks + 1 if is_same else 0
            if looks >= STUCK_LOOKS:
                looks = 0
                logger.warning("listener_stuck pid=%s", self._current.pid)
                kill(self._current)

    def _end(self, process: asyncio.subprocess.Process) -> None:
        super()._end(process)
        asyncio.get_running_loop().call_later(END_SECONDS, kill, process)


def kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
