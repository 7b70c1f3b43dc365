"""Readers of a server: bench/load.c, driven, and what they took in an interval."""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import sleep
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.streaming.machine import OTHER_CORES, compiled, program
from pgstrike.db.paths import ROOT

SOURCE = ROOT / "bench" / "load.c"


class Taken(NamedTuple):
    """What all readers together got; stamps and arrivals (ns) have one entry an event."""

    events: int
    bytes: int
    resets: int
    lost: int
    stamps: npt.NDArray[np.uint64]
    arrived: npt.NDArray[np.uint64]


class Load:
    """Readers that are connected, and read all the time."""

    def __init__(self, process: "subprocess.Popen[str]", records: Path) -> None:
        self.process = process
        self.records = records

    def start(self) -> None:
        """Count from zero."""
        self._say("start")

    def stop(self) -> Taken:
        """What came since the start; the readers read on."""
        self._say("stop")
        counts = json.loads(self._hear())
        pairs = np.fromfile(self.records, np.uint64).reshape(-1, 2)
        return Taken(**counts, stamps=pairs[:, 0], arrived=pairs[:, 1])

    def wait_until_ready(self) -> None:
        if self._hear() != "ready":
            raise SystemExit("the load did not start")

    def _say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def _hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextlib.contextmanager
def load(
    port: int, count: int, requests: Sequence[str], *, frozen: bool = False
) -> Iterator[Load]:
    """So many readers, connected; they take turns with the requests."""
    with tempfile.TemporaryDirectory() as base:
        asked, records = Path(base) / "requests", Path(base) / "records"
        asked.write_text("".join(requests), newline="")
        command = [compiled(SOURCE), port, count, asked, records]
        with program(
            [*command, *(["frozen"] if frozen else [])], cores=OTHER_CORES
        ) as process:
            readers = Load(process, records)
            readers.wait_until_ready()
            yield readers


def request(path: str, **headers: str) -> str:
    """The text of a GET request."""
    lines = [
        f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()
    ]
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{''.join(lines)}\r\n"


def pause(seconds: float) -> None:
    """For servers to settle, or to serve."""
    sleep(seconds)
