"""The machine: cores, limits, programs pinned to a core, and what they used of it."""

import contextlib
import os
import resource
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep

from pgstrike.db.paths import ROOT

BUILD = ROOT / "build" / "bench"
START_SECONDS = 30
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORES = {CORES[-1]}
OTHER_CORES = set(CORES[:-1]) or SERVER_CORES


def raise_limits(files: int) -> None:
    """As many open files as this user may have, at least so many; children inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= most < files:  # below 0: no limit
        raise SystemExit(f"the limit of open files is {most}; raise it to {files}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def compiled(source: Path) -> Path:
    """The program of one C file, made anew where the file is newer."""
    program = BUILD / source.stem
    BUILD.mkdir(parents=True, exist_ok=True)
    if not program.exists() or program.stat().st_mtime_ns < source.stat().st_mtime_ns:
        compiler = shutil.which("cc")
        if compiler is None:
            raise SystemExit("there is no C compiler; install one that is called cc")
        warnings = ["-Wall", "-Wextra"]
        subprocess.run([compiler, "-O2", *warnings, "-o", program, source], check=True)
    return program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def program(
    command: Sequence[object],
    *,
    cores: set[int],
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> Iterator["subprocess.Popen[str]"]:
    """A program that runs on these cores, until the context ends."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (
        (BUILD / "stream.log").open("a") as stderr,
        subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def wait_for_port(port: int, process: "subprocess.Popen[str]") -> None:
    until = monotonic() + START_SECONDS
    while monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        sleep(0.05)
    raise SystemExit(f"{process.args!r} does not listen; see {BUILD / 'stream.log'}")


def children(pid: int) -> list[int]:
    return [
        int(child)
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ]


def cpu_seconds(pid: int) -> float:
    """User and system time that the process has used, all its threads together."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
