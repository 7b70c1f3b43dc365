"""`pgstrike model`: adding, activating and retiring; and what no process imports."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.cli import jobs, refused
from tests.support.feature_market import play
from tests.support.quote_market import select, value
from tests.support.scheduled import wait_for
from tests.support.tasks import wait_for_kinds

DIRECTION = ("--label", "direction", "--horizon", "15m")
MODEL_LIBRARIES = {"lightgbm", "sklearn", "treelite"}


def linear(path: Path, *names: str, intercept: float = 0) -> Path:
    text = {
        "link": "logit",
        "intercept": intercept,
        "coefficients": dict.fromkeys(names, 1),
    }
    path.write_text(json.dumps(text))
    return path


def test_versions_are_added_activated_and_retired(
    connection: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    for version in (1, 2):
        path = linear(tmp_path / "m.json", "atm_iv", intercept=version)
        done = jobs(dsn, "model", "add", "up", path, *DIRECTION, "--symbol", "NIFTY")
        assert done.stdout == f"up version {version} is added\n", done.stderr
    again = refused(
        jobs(dsn, "model", "add", "up", path, *DIRECTION, "--symbol", "NIFTY")
    )
    assert "version 2 of up is this model" in again
    states = "SELECT string_agg(state, ' ' ORDER BY version) FROM fo.model"
    assert value(connection, states) == "added added"
    for version, said in (
        (1, "active added"),
        (2, "retired active"),
        (1, "active retired"),
    ):
        jobs(dsn, "model", "activate", "up", "--version", str(version))
        assert value(connection, states) == said
    assert "not validated" in jobs(dsn, "model", "list").stdout
    jobs(dsn, "model", "retire", "up")
    assert value(connection, states) == "retired retired"
    assert "no version of up is active" in refused(jobs(dsn, "model", "retire", "up"))
    assert jobs(dsn, "model", "activate", "up").stdout == "up version 2 is active\n"
    [row] = select(connection, "SELECT * FROM fo.model WHERE version = 2")
    assert row["body"] == path.read_text()
    assert row["activated_at"] is not None and row["retired_at"] is None


@pytest.mark.one_engine
def test_what_cannot_be_added_is_refused_in_one_line(
    connection: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    path = linear(tmp_path / "m.json", "atm_iv", "pcr_oi")

    def said(*arguments: str | Path, label: tuple[str, ...] = DIRECTION) -> str:
        return refused(jobs(dsn, "model", "add", *arguments, *label))

    assert "has the features atm_iv,pcr_oi" in said("m", path, "--features", "atm_iv")
    assert "features atm_iv,pcr_oi" in said("m", path, "--features", "pcr_oi,atm_iv")
    assert "is no name of a model" in said("A model", path)
    assert "unknown symbol" in said("m", path, "--symbol", "NONE")
    other = linear(tmp_path / "o.json", "atm_iv", "moon_phase")
    assert "this pgstrike has no feature moon_phase" in said("m", other)
    for label, words in (
        (("--label", "luck", "--horizon", "15m"), "no label luck"),
        (("--label", "size", "--horizon", "15m"), "needs a threshold"),
        ((*DIRECTION, "--threshold", "0.1"), "has no threshold"),
        (("--label", "size", "--horizon", "1m", "--threshold", "3"), "no share"),
        (("--label", "direction", "--horizon", "15"), "no horizon"),
        (("--label", "direction", "--horizon", "0m"), "no horizon"),
        (("--label", "direction", "--horizon", "25h"), "no horizon"),
    ):
        assert words in said("m", path, label=label)
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", 1 << 30)
    assert "more than 33,554,432 bytes" in said("m", tmp_path / "large")
    assert value(connection, "SELECT count(*) FROM fo.model") == 0


@pytest.mark.one_engine
def test_model_of_features_that_are_gone_is_not_activated(
    connection: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    path = linear(tmp_path / "m.json", "atm_iv")
    for _ in range(2):
        jobs(dsn, "model", "add", "up", path, *DIRECTION)
        linear(path, "atm_iv", intercept=1)
    jobs(dsn, "model", "activate", "up", "--version", "1")
    connection.execute("UPDATE fo.model SET features = '{old_iv}' WHERE version = 2")
    said = refused(jobs(dsn, "model", "activate", "up"))
    assert "this pgstrike has no feature old_iv" in said
    assert value(connection, "SELECT version FROM fo.model WHERE state = 'active'") == 1
    assert "no version 7 of model up" in refused(
        jobs(dsn, "model", "activate", "up", "--version", "7")
    )


def imported(stderr: str) -> set[str]:
    """The packages that a process says it imported."""
    lines = [line for line in stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.one_engine
def test_no_process_imports_a_model_library(
    store: Store, connection: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    """Not at its start, and not while features are logged and models are listed and added."""
    play(store, range(3))
    command = [sys.executable, "-X", "importtime", "-m", "pgstrike"]
    env = {**os.environ, "PGSTRIKE_DSN": dsn}
    quotes = tmp_path / "quotes.ndjson"
    quotes.write_text(jobs(dsn, "export").stdout)
    path = linear(tmp_path / "m.json", "atm_iv")
    for arguments in (
        ["--help"],
        ["ingest", str(quotes)],
        ["model", "add", "up", str(path), *DIRECTION],
        ["model", "list"],
        ["features", "--help"],
    ):
        done = subprocess.run([*command, *arguments], env=env, capture_output=True)
        assert done.returncode == 0, done.stderr[-1000:]
        found = imported(done.stderr.decode())
        assert "click" in found
        assert not found & MODEL_LIBRARIES, arguments
        if "--help" in arguments:
            assert not found & {"numpy", "scipy"}
    with (tmp_path / "log").open("wb") as log:
        child = subprocess.Popen([*command, "run"], env=env, stderr=log)
        wait_for(lambda: value(connection, "SELECT count(*) FROM fo.feature") == 3)
        wait_for_kinds(connection)
        child.terminate()
        child.wait(60)
    found = imported((tmp_path / "log").read_text())
    assert "apscheduler" in found
    assert not found & MODEL_LIBRARIES
