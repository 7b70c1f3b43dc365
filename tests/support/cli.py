"""Running `pgstrike` as a user would."""

import os
import subprocess
from pathlib import Path

from tests.support.warm import run_warm

MAIN = "pgstrike.cli.main:main"
SECONDS = 60  # for one command


def pgstrike(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """The finished command, with no other setting of ours in its environment."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
    return run_warm(MAIN, arguments, {**clean, **environ}, timeout=SECONDS)


def jobs(
    dsn: str,
    *arguments: str | Path,
    stdin: bytes = b"",
    seconds: float = SECONDS,
    **environ: str,
) -> "subprocess.CompletedProcess[str]":
    """The finished command on a database."""
    settings = {**os.environ, "PGSTRIKE_DSN": dsn, **environ}
    words = [str(argument) for argument in arguments]
    return run_warm(MAIN, words, settings, stdin=stdin, timeout=seconds)


def key_command(dsn: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`pgstrike key` with nothing else in its environment."""
    settings = {"PGSTRIKE_DSN": dsn, "PATH": ""}
    return run_warm(MAIN, ["key", *arguments], settings, timeout=SECONDS)


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
