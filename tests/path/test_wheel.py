"""The wheel, installed in an empty venv: the whole product, without the checkout."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from pgstrike.db.paths import ROOT
from tests.support.embedded import folder

SECONDS = 600


def run(*command: str | Path, cwd: Path, **environ: str) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**clean, **environ},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`pgstrike` in a venv that has nothing else."""
    base = tmp_path_factory.mktemp("wheel")
    # An earlier build left it; a file that was moved since would be in the wheel twice.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    run(*pip, "--wheel-dir", base, ROOT, cwd=base)
    venv.create(base / "venv")
    [wheel] = base.glob("*.whl")
    into = ["--python", base / "venv", "install", "--quiet", "--no-compile"]
    run(sys.executable, "-m", "pip", *into, wheel, cwd=base)
    yield base / "venv/bin/pgstrike"


def test_demo_runs_from_the_wheel(command: Path, tmp_path: Path) -> None:
    """With SQL, migrations and a server of its own; nothing is written beside it."""
    with folder() as base:
        data = {"PGSTRIKE_DATA_DIR": str(base)}
        shown = run(command, "demo", "--duration", "8", cwd=tmp_path, **data)
    assert "strikes  underlying" in shown
    assert list(tmp_path.iterdir()) == []


def test_wheel_holds_every_file_of_the_package(command: Path) -> None:
    [installed] = command.parent.parent.glob("lib/python*/site-packages/pgstrike")
    for top in ("api", "db", "jobs", "sql", "migrations"):
        tracked = run("git", "ls-files", top, cwd=ROOT).split()
        assert tracked
        lost = [name for name in tracked if not (installed / name).is_file()]
        assert not lost, "add what is lost to [tool.setuptools.package-data]"
