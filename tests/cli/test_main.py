"""The command: help for each subcommand, refusals in one line, completion."""

import re
import subprocess
import sys
from importlib import metadata

import pytest

from pgstrike.cli.main import COMMANDS
from pgstrike.db.paths import ROOT
from tests.support.cli import pgstrike


def test_help_lists_every_command() -> None:
    shown = pgstrike("--help")
    assert shown.returncode == 0
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert [line[0] for line in lines if line and line[0] in COMMANDS] == [*COMMANDS]


def test_readme_lists_every_command() -> None:
    rows = re.findall(r"^\| (`pgstrike .*?) \|", (ROOT / "README.md").read_text(), re.M)
    named = {name for row in rows for name in re.findall(r"`pgstrike (\w+)", row)}
    assert named == {*COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str) -> None:
    shown = pgstrike(command, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"Usage: pgstrike {command}")
    sentences = [line for line in shown.stdout.splitlines() if line.endswith(".")]
    assert sentences, shown.stdout


def test_version_is_that_of_the_package() -> None:
    assert metadata.version("pgstrike") in pgstrike("--version").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing"], "No such command 'nothing'; see `pgstrike --help`"),
        (["ingest"], "Missing argument 'FILE...'; see `pgstrike ingest --help`"),
        (["serve", "--workers", "0"], "give a whole number from 1 to 1024"),
        (["completion"], "Choose from: bash, zsh, fish; see"),
        (["run", "now"], "see `pgstrike run --help`"),
        (["simulate", "--symbol"], "an argument; see `pgstrike simulate --help`"),
        (["simulate", "--history=1"], "take a value; see `pgstrike simulate --help`"),
        (["feed", "add", "x", "kite", "--symbol"], "see `pgstrike feed add --help`"),
        (["jobs", "set", "rollups", "--every"], "see `pgstrike jobs set --help`"),
        (["--version=1"], "take a value; see `pgstrike --help`"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], says: str) -> None:
    done = pgstrike(*arguments)
    [line] = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith("pgstrike: ") and says in line


@pytest.mark.parametrize("arguments", [[], ["jobs"], ["feed"]])
def test_without_a_command_the_help_is_shown(arguments: list[str]) -> None:
    done, asked = pgstrike(*arguments), pgstrike(*arguments, "--help")
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout == asked.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_completes_commands(shell: str) -> None:
    script = pgstrike("completion", shell)
    assert script.returncode == 0 and "_PGSTRIKE_COMPLETE" in script.stdout
    asked = {
        "_PGSTRIKE_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "pgstrike si",
        "COMP_CWORD": "si" if shell == "fish" else "1",
    }
    found = pgstrike(**asked)
    assert "simulate" in found.stdout and "upgrade" not in found.stdout


@pytest.mark.parametrize(
    ("words", "wanted", "other"),
    [
        ("jobs run-now r", "rollups", "snapshot"),
        ("jobs history n", "notify_queue", "rollups"),
        ("jobs set s", "snapshot", "rollups"),
        ("feed add mine k", "kite", "dhan"),
    ],
)
def test_completion_completes_arguments(words: str, wanted: str, other: str) -> None:
    line = f"pgstrike {words}"
    asked = {
        "_PGSTRIKE_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
    }
    found = [each.partition(",")[2] for each in pgstrike(**asked).stdout.splitlines()]
    assert wanted in found and other not in found


@pytest.mark.parametrize("module", ["api", "db", "jobs"])
def test_module_of_before_names_the_command(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"pgstrike.{module}"], capture_output=True, text=True
    )
    [line] = done.stderr.splitlines()
    assert done.returncode == 1 and "now the command `pgstrike`" in line
