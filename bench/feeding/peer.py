"""Two checkouts and how each is started: ours, and this project at an older commit."""

import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

from bench.streaming.machine import BUILD
from pgstrike.db.paths import ROOT

COMMIT = "5f92412"
FOLDER = BUILD / f"peer-{COMMIT}"


class Checkout(NamedTuple):
    """A name, a folder with an environment of its own, and the commands in it."""

    name: str
    folder: Path
    upgrade: list[str]
    ingest: list[str]
    run: list[str]
    serve: list[str]
    refresh: list[str]
    stream: str  # the path of the stream


def ours() -> Checkout:
    pgstrike = [sys.executable, "-m", "pgstrike"]
    return Checkout(
        "ours",
        ROOT,
        [*pgstrike, "upgrade"],
        [*pgstrike, "ingest"],
        [*pgstrike, "run"],
        [*pgstrike, "serve"],
        [*pgstrike, "refresh"],
        "/v1/stream",
    )


def peer() -> Checkout:
    """A git worktree with an environment of its own, made when first asked for."""
    ready = FOLDER / ".venv" / ".ready"
    if not ready.exists():
        added = ["git", "worktree", "add", "--force", "--detach", FOLDER, COMMIT]
        subprocess.run(added, cwd=ROOT, check=True)
        venv.create(FOLDER / ".venv", with_pip=True)
        install = ["-m", "pip", "install", "--quiet", "--editable", "."]
        subprocess.run([python(), *install], cwd=FOLDER, check=True)
        ready.touch()
    jobs = [python(), "-m", "jobs"]
    return Checkout(
        COMMIT,
        FOLDER,
        [str(FOLDER / ".venv" / "bin" / "alembic"), "upgrade", "head"],
        [*jobs, "ingest"],
        [*jobs, "run"],
        [python(), "-m", "api"],
        [*jobs, "refresh"],
        "/fo/stream",
    )


def python() -> str:
    return str(FOLDER / ".venv" / "bin" / "python")
