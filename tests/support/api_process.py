"""`pgstrike serve` in a process of its own, with few files, and what it logs."""

import asyncio
import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pgstrike.db.paths import ROOT
from tests.api.conftest import KEY

PATIENCE = 60
API_KEY = {"PGSTRIKE_API_KEY": "k", "PGSTRIKE_API_PORT": "0"}
HEADERS = {"Authorization": f"Bearer {KEY}"}


class Api(NamedTuple):
    """A running process."""

    process: "subprocess.Popen[bytes]"
    host: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def resident_mb(self) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


@contextlib.contextmanager
def running_api(
    dsn: str, base: Path, *, files: int = 1024, **environ: str
) -> Iterator[Api]:
    """Serve with a key, and at most so many open files."""
    log = base / "api.log"
    asked = {"PGSTRIKE_DSN": dsn, "PGSTRIKE_API_PORT": "0", "PGSTRIKE_API_KEY": KEY}

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    with (
        log.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "pgstrike", "serve"],
            cwd=ROOT,
            env={**os.environ, **asked, **environ},
            stdout=subprocess.PIPE,
            stderr=stderr,
            preexec_fn=limit,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            assert "http://" in line, log.read_text()
            host, _, port = line.rpartition("http://")[2].strip().rpartition(":")
            yield Api(process, host, int(port), log)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            process.kill()


class Wire(NamedTuple):
    """A connection as its bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@contextlib.asynccontextmanager
async def connected(
    host: str, port: int, sent: bytes, *, source: str = "127.0.0.1"
) -> AsyncIterator[Wire]:
    """A connection that has sent some bytes, from an address of loopback."""
    wire = Wire(*await asyncio.open_connection(host, port, local_addr=(source, 0)))
    try:
        wire.writer.write(sent)
        yield wire
    finally:
        wire.writer.transport.abort()
        with contextlib.suppress(OSError):
            await wire.writer.wait_closed()


class Started(subprocess.Popen[str]):
    """A process that does not outlast a test that fails: leaving would wait for it."""

    def __exit__(self, kind: type[BaseException] | None, *rest: Any) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, *rest)


def start(*arguments: str, **environ: str) -> Started:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
    return Started(
        [sys.executable, "-m", "pgstrike", "serve", *arguments],
        cwd=ROOT,
        env={**clean, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def address(process: "subprocess.Popen[str]") -> str:
    """Where it serves, once it does."""
    assert process.stdout is not None
    name, _, found = process.stdout.readline().strip().partition(": ")
    assert name == "pgstrike api"
    return found
