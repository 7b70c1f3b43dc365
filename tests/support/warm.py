"""Commands in processes that are forked from one which has imported their modules already.

alembic imports for 0.5 s and `pgstrike ingest` for 0.3 s, longer than most tests let them
work. Each command still is a process, with its own environment, folder, streams and exit
status. Commands that run until they are stopped start as they do for a user. So do those of
tests/cli/test_imports.py and tests/path/test_wheel.py.
"""

import atexit
import contextlib
import importlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from multiprocessing.reduction import DupFd
from typing import IO, Any, NoReturn

from pgstrike.db.paths import ROOT

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    [
        "alembic.config",
        "sqlalchemy.dialects.postgresql",
        "pgstrike.cli.feeds",
        "pgstrike.cli.keys",
        "pgstrike.jobs.ingest.ingest",
        "pgstrike.jobs.refresh.refresh",
        "pgstrike.db.install.schema",
    ]
)


def run_warm(
    entry: str,
    arguments: Sequence[str],
    environ: Mapping[str, str],
    *,
    stdin: bytes = b"",
    timeout: float | None = None,
) -> "subprocess.CompletedProcess[str]":
    """What `subprocess.run` returns, of an entry point: module:function."""
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        streams[0].write(stdin)
        streams[0].seek(0)
        process = SERVER.Process(
            target=become, args=(entry, arguments, dict(environ), Ends(streams))
        )
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired([entry, *arguments], timeout or 0)
        out, err = (text_of(stream) for stream in streams[1:])
        return subprocess.CompletedProcess(
            [entry, *arguments], process.exitcode, out, err
        )


def text_of(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


class Ends:
    """The standard streams of a process that is being started: files, in their order."""

    def __init__(self, streams: Sequence[IO[bytes]]) -> None:
        self.streams = streams

    def __reduce__(self) -> tuple[Any, ...]:
        return list, ([DupFd(stream.fileno()) for stream in self.streams],)


def become(
    entry: str, arguments: Sequence[str], environ: Mapping[str, str], ends: Any
) -> NoReturn:
    """Run the entry point as a process that was started for it does."""
    for number, end in enumerate(ends):
        os.dup2(end.detach(), number)
    sys.stdin = os.fdopen(0, closefd=False)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    os.chdir(ROOT)
    module, _, function = entry.partition(":")
    sys.argv = [module.partition(".")[0], *arguments]
    try:
        sys.exit(getattr(importlib.import_module(module), function)())
    finally:
        atexit._run_exitfuncs()
