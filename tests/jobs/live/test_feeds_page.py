"""The feed in docs/feeds.md, installed as a package of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg

from pgstrike.db.paths import ROOT
from tests.support.tasks import running, wait_with


def install(folder: Path) -> None:
    """As pip leaves it: the module, and the metadata with its entry points."""
    page = (ROOT / "docs" / "feeds.md").read_text()
    [project] = re.findall("```toml\n(.*?)```", page, re.S)
    [module] = re.findall("```python\n(.*?)```", page, re.S)
    assert len(module.splitlines()) <= 60
    [(kind, place)] = re.findall(r'^(\w+) = "(\w+:\w+)"$', project, re.M)
    (folder / f"{place.partition(':')[0]}.py").write_text(module)
    about = folder / "pgstrike_sine-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: pgstrike-sine\nVersion: 1\n"
    )
    (about / "entry_points.txt").write_text(f"[pgstrike.feeds]\n{kind} = {place}\n")


def feed(dsn: str, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pgstrike", "feed", *arguments],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": dsn, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr


def test_feed_of_the_page_is_added_tested_listed_and_removed(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    install(tmp_path)
    unknown = feed(dsn, tmp_path, "add", "mine", "sine", "--symbol", "SINE")
    assert 'unknown symbol "SINE"' in unknown
    secret = feed(
        dsn,
        tmp_path,
        "add",
        "mine",
        "sine",
        "--symbol",
        "NIFTY",
        "--option",
        "api_key=x",
    )
    assert "option api_key looks like a secret" in secret
    made = ["add", "mine", "sine", "--symbol", "SINE", "--exchange", "DERIBIT"]
    assert feed(dsn, tmp_path, *made) == ""
    said = feed(dsn, tmp_path, "test", "mine")
    assert said == "mine: 3 contracts of SINE, and 3 messages at once\n"
    assert "mine" in feed(dsn, tmp_path, "list")
    assert feed(dsn, tmp_path, "stop", "mine") == ""
    assert "is off; `pgstrike feed start mine`" in feed(dsn, tmp_path, "run", "mine")
    assert feed(dsn, tmp_path, "remove", "mine") == ""
    assert connection.execute("SELECT FROM job.feed").fetchall() == []
    assert "there is no feed mine" in feed(dsn, tmp_path, "test", "mine")


def test_feed_of_the_page_is_driven_by_run(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    install(tmp_path)
    made = ["add", "mine", "sine", "--symbol", "SINE", "--exchange", "DERIBIT"]
    assert feed(dsn, tmp_path, *made) == ""
    stored = "SELECT FROM fo.option_quote WHERE symbol = 'SINE' LIMIT 1"
    with running(dsn, tmp_path / "log", PYTHONPATH=str(tmp_path)) as child:
        wait_with(
            child, tmp_path / "log", lambda: bool(connection.execute(stored).fetchall())
        )
        assert "live" in feed(dsn, tmp_path, "list")
