"""Running `pgstrike` as a user would."""

import os
import subprocess
import sys
from pathlib import Path

from pgstrike.db.paths import ROOT


def pgstrike(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """The finished command, with no other setting of ours in its environment."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
    return subprocess.run(
        [sys.executable, "-m", "pgstrike", *arguments],
        cwd=ROOT,
        env={**clean, **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )


def jobs(
    dsn: str, *arguments: str | Path, stdin: bytes = b"", **environ: str
) -> "subprocess.CompletedProcess[str]":
    """The finished command; it may take a minute at most."""
    done = subprocess.run(
        [sys.executable, "-m", "pgstrike", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": dsn, **environ},
        input=stdin,
        capture_output=True,
        timeout=60,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def key_command(dsn: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`pgstrike key` with nothing else in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "pgstrike", "key", *arguments],
        cwd=ROOT,
        env={"PGSTRIKE_DSN": dsn, "PATH": ""},
        capture_output=True,
        text=True,
    )


def counts(summary: str) -> dict[str, int]:
    """The closing summary, by its labels."""
    lines = (line.rsplit(maxsplit=1) for line in summary.splitlines())
    return {label.strip(): int(number.replace(",", "")) for label, number in lines}


def refused(done: "subprocess.CompletedProcess[str]") -> str:
    """The one line that a refusal says."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    (line,) = done.stderr.splitlines()
    assert line.startswith("pgstrike: ")
    return line
