"""`pgstrike run` in a process of its own, which refreshes at a quick pace."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pgstrike.db.paths import ROOT

FAST = {"PGSTRIKE_ROLLUP_SECONDS": "0.1", "PGSTRIKE_SNAPSHOT_SECONDS": "0.1"}


@contextmanager
def running(dsn: str, **environ: str) -> Iterator["subprocess.Popen[str]"]:
    """`pgstrike run`, after its first line. Its `stderr` has the lines that follow."""
    child = subprocess.Popen(
        [sys.executable, "-m", "pgstrike", "run"],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": dsn, **FAST, **environ},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    try:
        line = child.stderr.readline()
        assert "refreshing" in line, line
        yield child
    finally:
        child.kill()
        child.wait()
        child.stderr.close()
