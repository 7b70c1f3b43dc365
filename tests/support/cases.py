"""The small cases beside the recorded data, put to a database as their own runner does."""

import importlib.util
import shlex
import sys
from types import ModuleType, SimpleNamespace

import pytest

from pgstrike.db.paths import ROOT
from tests.support.feeds import DATA

CASES = DATA.parent / "cases"


def faults(dsn: str, name: str, *, is_told: bool = True) -> list[str]:
    """What is not right of a case; with `is_told`, our folder of its name says the rest."""
    folder = CASES / name
    if not folder.exists():
        pytest.skip(f"no cases: {CASES}")
    command = shlex.join([sys.executable, "-m", "pgstrike"])
    options = SimpleNamespace(
        overlay=ROOT / "tests" / "cases" if is_told else None,
        product=ROOT,
        upgrade="true",  # the test's database is built already
        ingest=f"{command} ingest",
        psql=f"{command} psql",
        refresh=f"{command} refresh",
        api=f"{command} serve",
    )
    found: list[str] = runner().faults(folder, dsn, options)
    return found


def runner() -> ModuleType:
    """The runner of the cases."""
    spec = importlib.util.spec_from_file_location("cases_run", CASES / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
