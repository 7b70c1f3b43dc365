"""Every path of ours that a comment, docstring or document names exists."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pgstrike.db.paths import ROOT

READ = {".md", ".py", ".sql", ".psql", ".ts", ".mjs", ".c", ".toml", ".yml", ".yaml"}
FOLDERS = "api|bench|clients|db|docker|docs|jobs|migrations|sql|src|tests"
PATH = re.compile(rf"(?<![\w./@<~$-])(?:\.\./)?((?:{FOLDERS})/[\w./*-]*[\w*/])")
# In a comment of SQL a neighbour is named without its folder.
NEIGHBOUR = re.compile(r"(?<![\w./<>*{}-])(\w[\w-]*\.sql)\b")
# Built, or made at a release.
NOT_YET = ("clients/js/dist", "clients/js/node_modules", "migrations/frozen.txt")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """What the repository holds, by path; new files included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so nothing says which files are ours")
    return {
        name: (ROOT / name).read_text()
        for name in listed.stdout.splitlines()
        if (Path(name).suffix in READ or name == "Makefile") and (ROOT / name).is_file()
    }


def exists(path: str) -> bool:
    if path.startswith(NOT_YET):
        return True
    return any(ROOT.glob(path)) if "*" in path else (ROOT / path).exists()


def missing_paths(text: str) -> Iterator[str]:
    for match in PATH.finditer(text):
        path = match[1].rstrip(".")
        if text.startswith("<", match.end()):  # test_<name>.py: only its folder is real
            path = path.rpartition("/")[0]
        if not exists(path):
            yield path


def test_named_paths_exist(texts: dict[str, str]) -> None:
    missing = {name: [*missing_paths(text)] for name, text in texts.items()}
    assert {name: paths for name, paths in missing.items() if paths} == {}
    assert len(texts) > 500


def test_neighbours_named_in_comments_of_sql_exist(texts: dict[str, str]) -> None:
    sql = {name: text for name, text in texts.items() if name.endswith(".sql")}
    names = {Path(name).name for name in sql}
    named = {
        (name, found)
        for name, text in sql.items()
        for comment in re.findall(r"--.*", text)
        for found in NEIGHBOUR.findall(comment)
    }
    assert {(name, found) for name, found in named if found not in names} == set()
    assert named


def test_missing_path_is_noticed() -> None:
    gone = "api/" + "nowhere.py"
    text = f"See {gone}, `sql/logic/*/pcr.sql`, docs/<name>.md, docs/metrics.md."
    assert [*missing_paths(text)] == [gone]
