"""`pgstrike ingest -` in a process of its own, fed line by line."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from pgstrike.db.paths import ROOT
from tests.support.cli import counts
from tests.support.feeds import QUOTE
from tests.support.quote_market import listen, value
from tests.support.scheduled import wait_for as until

PATIENCE = 60  # seconds
BUSY = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND starts_with(application_name, 'pgstrike ingest') AND state <> 'idle'"
)


class Ingest:
    """`pgstrike ingest -` with a pipe into it, and what it logs."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self.child = child
        self.lines: list[str] = []
        self._logged = threading.Condition()
        self._ended = False
        self._reading = threading.Thread(target=self._read_log)
        self._reading.start()

    def close(self) -> None:
        """Leave nothing open of a child that ends."""
        self.child.wait()
        self._reading.join()
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def write(self, *lines: bytes) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(b"".join(lines))
        self.child.stdin.flush()

    def wait_for(self, text: str, times: int = 1) -> None:
        """Return once it has logged so many lines with a text."""
        with self._logged:
            found = self._logged.wait_for(
                lambda: self._ended or self.said(text) >= times, PATIENCE
            )
        assert found and self.said(text) >= times, (text, self.lines)

    def said(self, text: str) -> int:
        return sum(text in line for line in self.lines)

    def end(self) -> dict[str, int]:
        """The summary, after the end of its input."""
        assert self.child.stdin is not None and self.child.stdout is not None
        self.child.stdin.close()
        summary = self.child.stdout.read().decode()
        assert self.child.wait(PATIENCE) == 0, self.lines
        return counts(summary)

    def interrupt(self) -> dict[str, int]:
        """The summary, after Ctrl-C."""
        assert self.child.stdout is not None
        self.child.send_signal(signal.SIGINT)
        summary = self.child.stdout.read().decode()
        assert self.child.wait(PATIENCE) == 130, self.lines
        return counts(summary)

    def _read_log(self) -> None:
        assert self.child.stderr is not None
        for line in self.child.stderr:
            with self._logged:
                self.lines.append(line.decode().rstrip())
                self._logged.notify_all()
        with self._logged:
            self._ended = True
            self._logged.notify_all()


@contextmanager
def ingesting(dsn: str | None, **environ: str) -> Iterator[Ingest]:
    """Into a database; into that of the embedded server where there is no DSN."""
    if dsn is not None:
        environ["PGSTRIKE_DSN"] = dsn
    child = subprocess.Popen(
        [sys.executable, "-m", "pgstrike", "ingest", "-"],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    ingest = Ingest(child)
    try:
        yield ingest
    finally:
        child.kill()
        ingest.close()


def quote(second: int, **changes: Any) -> bytes:
    """One strike, so many seconds into a session."""
    hour, rest = divmod(4 * 3600 + second, 3600)
    time = f"2025-08-29T{hour:02}:{rest // 60:02}:{rest % 60:02}Z"
    figures = {**QUOTE, "quote_time": time, "exchange_time": None, **changes}
    return json.dumps(figures).encode() + b"\n"


def wait_until_stored(dsn: str, count: int) -> None:
    """By listening, as any client would."""
    with (
        psycopg.connect(dsn, autocommit=True) as connection,
        psycopg.connect(dsn, autocommit=True) as listener,
    ):
        listen(listener)
        with closing(listener.notifies(timeout=PATIENCE)) as heard:
            while stored(connection) < count:
                assert next(heard, None), f"{stored(connection)} of {count} stored"
        # Others see a commit before its answer is sent: until then the batch is in doubt.
        until(lambda: not value(connection, BUSY))


def stored(connection: psycopg.Connection) -> int:
    found: int = value(connection, "SELECT count(*) FROM fo.option_quote")
    return found
