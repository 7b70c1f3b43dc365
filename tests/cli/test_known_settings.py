"""A variable that begins with PGSTRIKE_ and is no setting is named in one line."""

import os
import re

import pytest

from pgstrike.cli.known_settings import SETTINGS, unknown
from pgstrike.db.paths import ROOT
from tests.support.cli import jobs, pgstrike

pytestmark = pytest.mark.one_engine


def said(name: str, value: str = "1") -> list[str]:
    return [line for _, line in unknown({name: value})]


def test_settings_are_those_of_the_page() -> None:
    table = (ROOT / "docs" / "settings.md").read_text().split("Only the tests")[0]
    listed = re.findall(r"^\| `PGSTRIKE_(\w+)`", table, re.MULTILINE)
    assert sorted(SETTINGS) == sorted(listed)


def test_every_variable_that_the_project_names_is_known() -> None:
    """Those of its containers, its tests and its clients too."""
    folders = ("docker", ".ci", ".devcontainer", "clients", "docs")
    files = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".yml", ".md", ".py", ".sh", ".sql", ".json"}
        and "node_modules" not in path.parts
    ]
    text = "".join(path.read_text() for path in files)
    names = set(re.findall(r"(?<![A-Z_])PGSTRIKE_[A-Z_]*[A-Z]", text))
    assert len(names) > 60
    assert {name for name in names if said(name)} == set()
    assert [*unknown(os.environ)] == []


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("POOL_SIZ", "POOL_SIZE"),
        ("KEEP_SESSIONS", "KEEP_RAW_SESSIONS"),
        ("TELEGRAM_TOKN", "TELEGRAM_TOKEN"),
        ("WEBHOK_SECRET", "WEBHOOK_SECRET"),
        ("pool_size", None),
        ("COLOUR", None),
    ],
)
def test_warning_names_the_nearest(name: str, near: str | None) -> None:
    advice = f"did you mean PGSTRIKE_{near}?" if near else "unset it"
    assert said(f"PGSTRIKE_{name}") == [
        f"PGSTRIKE_{name} is no setting, and is ignored; {advice}"
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_SERVICE_HOST", "10.0.0.1"),
        ("API_SERVICE_PORT_HTTP", "8765"),
        ("API_PORT_8765_TCP_ADDR", "10.0.0.1"),
        ("PORT", "tcp://10.0.0.1:8765"),
        ("MYBROKER_TOKEN", "x"),
        ("MYBROKER_TOKEN_FILE", "x"),
        ("TEST_ANYTHING", "x"),
        ("URL", "http://127.0.0.1:8765"),
        ("RATE", "0.1"),  # an old name, which is refused
    ],
)
def test_variables_of_others_bring_no_word(name: str, value: str) -> None:
    assert said(f"PGSTRIKE_{name}", value) == []
    assert said(f"OTHER_{name}_POOL_SIZ", value) == []


def test_warning_is_for_the_standard_error_alone(dsn: str) -> None:
    done = jobs(dsn, "export", PGSTRIKE_POOL_SIZ="3")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "pgstrike: PGSTRIKE_POOL_SIZ is no setting, and is ignored; "
        "did you mean PGSTRIKE_POOL_SIZE?\n"
    )
    done = pgstrike("mcp", PGSTRIKE_MCP_URL="x", PGSTRIKE_MPC_KEY="y")
    assert done.stdout == ""
    assert "did you mean PGSTRIKE_MCP_KEY?" in done.stderr.splitlines()[0]
