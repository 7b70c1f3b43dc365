"""`pgstrike serve` as a process of its own, on one port, started as often as it is needed."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from pgstrike.db.paths import ROOT

KEY = "soak"
SETTINGS = {
    "PGSTRIKE_API_KEY": KEY,
    "PGSTRIKE_HEARTBEAT_SECONDS": "0.2",  # each tells how far its reader was told
    "PGSTRIKE_PROBE_SECONDS": "1",
    "PGSTRIKE_QUEUE_EVENTS": "100",  # so that frozen readers are soon too far behind
    "PGSTRIKE_REQUESTS_PER_SECOND": "0",
    "PGSTRIKE_LOG_REPEAT_SECONDS": "0",  # a fault waits for its line
}
UNFORESEEN = (
    "Traceback",
    "request_failed",
    "stream_failed",
    "listener_failed",
    "event_ignored",
    "notification_ignored",
)
FOLLOWING = 40  # lines of a traceback
LOOK_SECONDS = 0.02  # at a process that tells nobody what it does
STOP_SECONDS = 30


class Service:
    """One process, or a supervisor with workers. `serves` is set while it should answer."""

    def __init__(self, environ: Mapping[str, str], workers: int) -> None:
        self.environ = environ
        self.workers = workers
        self.port = 0
        self.serves = asyncio.Event()
        self.lines: list[str] = []  # that it logged
        self._logged = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        """Return once it serves."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
        own = {**self.environ, "PGSTRIKE_API_PORT": str(self.port)}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pgstrike", "serve"),
            *(("--workers", str(self.workers)) if self.workers else ()),
            cwd=ROOT,
            env={**clean, **SETTINGS, **own},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read_log(self._process))
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        assert line.startswith("pgstrike api: "), f"it did not start: {self.lines[-3:]}"
        self.port = int(line.rpartition(":")[2])
        self.serves.set()

    async def stop(self) -> None:
        """By SIGTERM, as one should."""
        self.serves.clear()
        self.process.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            code = await self.process.wait()
        await self._ended()
        assert code == 0, f"it ended with {code} after SIGTERM"

    async def kill(self) -> None:
        """All of it at once, by SIGKILL."""
        self.serves.clear()
        for pid in [self.process.pid, *self.children()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self.process.wait()
        await self._ended()

    async def kill_worker(self, place: int) -> None:
        """Return once its supervisor has started another."""
        before = [pid for pid in self.children() if not listens(pid)]
        await self._end(before[place % len(before)], signal.SIGKILL)

    async def end_listener(self, number: signal.Signals) -> None:
        """Kill or stop the one that listens; return once there is another."""
        [before] = [pid for pid in self.children() if listens(pid)]
        await self._end(before, number)

    async def roll(self) -> None:
        """Return once every process has been replaced."""
        before = self.children()
        self.process.send_signal(signal.SIGHUP)
        await self._renewed({*before}, len(before))

    async def _end(self, pid: int, number: signal.Signals) -> None:
        count = len(self.children())
        os.kill(pid, number)
        await self._renewed({pid}, count)

    async def _renewed(self, old: set[int], count: int) -> None:
        while (now := {*self.children()}) & old or len(now) != count:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)

    def children(self) -> list[int]:
        """The workers, and the process that listens for them, if there are any."""
        pid = self.process.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [*map(int, text.split())]

    async def logged(self, text: str, times: int) -> None:
        """Return once it has logged so many lines with a text."""
        while self.times_logged(text) < times:
            self._logged.clear()
            await self._logged.wait()

    def times_logged(self, text: str) -> int:
        return sum(text in line for line in self.lines)

    def failures(self) -> list[str]:
        """Lines that no fault explains, each with what follows it."""
        return [
            " | ".join(self.lines[place : place + FOLLOWING])
            for place, line in enumerate(self.lines)
            if any(word in line for word in UNFORESEEN)
        ]

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            self.lines.append(line.decode().rstrip())
            self._logged.set()

    async def _ended(self) -> None:
        if self._reading is not None:
            await self._reading
            self._reading = None

    async def close(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()


def listens(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return (
            b"pgstrike.api.host_listener" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
    return False
