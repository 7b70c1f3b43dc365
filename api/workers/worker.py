"""A worker of several on one port, as its supervisor sees it: started, kept, replaced.

Its listening socket outlives its processes: connections that come while one is replaced wait
for the next. A process ends when its standard input does, so that none is left behind.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence

from pgstrike.db.backoff import backoff
from pgstrike.db.errors import PgstrikeError

logger = logging.getLogger(__name__)

READY_SECONDS = 60
LONGEST_DELAY = 10.0  # before a worker that dies again and again is restarted


class WorkerError(PgstrikeError):
    """A worker could not be started; a line of its own says why."""


class Worker:
    """A process with descriptors that it inherits, and the one that follows it."""

    name = "worker"

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        descriptors: Sequence[int],
    ) -> None:
        self.command = [*command]
        self.environ = environ
        self.descriptors = [*descriptors]
        self.processes: set[asyncio.subprocess.Process] = set()
        self._current: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()

    async def start(self) -> str:
        """Return the address once a process serves it; the one before it still may."""
        process = await asyncio.create_subprocess_exec(
            *self.command,
            env=self.environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=self.descriptors,
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops it in order
        )
        self.processes.add(process)
        assert process.stdout is not None
        line = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                line = await process.stdout.readline()
        if not line:
            await self._stop(process)
            raise WorkerError(
                f"a {self.name} could not be started; its own line says why"
            )
        self._current = process
        return line.decode().rpartition(" ")[2].strip()

    async def keep(self) -> None:
        """Replace the process whenever it dies, until this is cancelled."""
        delays, loop = backoff(most=LONGEST_DELAY), asyncio.get_running_loop()
        while True:
            async with self._starting:
                began, process = loop.time(), self._current
            assert process is not None
            code = await process.wait()
            self.processes.discard(process)
            if process is not self._current:
                continue  # it was replaced on purpose
            if loop.time() - began > 2 * LONGEST_DELAY:
                delays = backoff(most=LONGEST_DELAY)
            delay = next(delays)
            logger.warning("%s_died code=%s restart_in=%.1fs", self.name, code, delay)
            await asyncio.sleep(delay)
            async with self._starting:
                if process is self._current:
                    with contextlib.suppress(WorkerError):
                        await self.start()

    async def replace(self) -> None:
        """Start another process, and only then let the one before it drain."""
        async with self._starting:
            before = self._current
            assert before is not None
            try:
                await self.start()
            except WorkerError:
                logger.warning("%s_not_replaced pid=%s", self.name, before.pid)
            else:
                await self._stop(before)

    def stop(self) -> None:
        """Let every process drain; at the second call it does not wait for its readers."""
        for process in self.processes:
            self._end(process)

    async def ended(self) -> None:
        for process in tuple(self.processes):
            await process.wait()

    def _end(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        self._end(process)
        await process.wait()
        self.processes.discard(process)
