"""Cases from public bug reports that sessions, calendars and staleness decide."""

import subprocess
import sys
from pathlib import Path

import pytest

from pgstrike.db.paths import ROOT
from tests.conftest import DATA, Cluster
from tests.support.engines import venv_path

CASES = DATA.parent / "cases"
NAMES = (
    "close-poll-1530-05",
    "frozen-feed-age",
    "holiday-moved-2023-06-28",
    "muhurat-2025-10-21",
    "new-york-session",
)


@pytest.mark.parametrize("name", NAMES)
def test_case_comes_out_right(cluster: Cluster, name: str) -> None:
    if not CASES.exists():
        pytest.skip(f"no cases: {CASES} is absent")
    done = subprocess.run(
        [
            sys.executable,
            str(CASES / "run.py"),
            "--overlay",
            str(ROOT / "tests" / "cases"),
            str(CASES / name),
        ],
        cwd=ROOT,
        env={"PATH": venv_path(), "PGSTRIKE_DSN": cluster.server.dsn("postgres")},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == (f"ok {name}\n", 0), done.stderr


def test_cases_are_here_or_nowhere() -> None:
    """A name that is misspelt would be no case."""
    if CASES.exists():
        assert [name for name in NAMES if not Path(CASES, name).is_dir()] == []
