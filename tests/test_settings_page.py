"""docs/settings.md names every variable that the code reads, and no other."""

import re

from pgstrike.db.paths import ROOT

NAME = re.compile(r"(?<!_)PGSTRIKE_[A-Z_]+[A-Z]")


def test_page_names_exactly_the_variables_that_are_read() -> None:
    code = [
        path
        for part in ("api", "db", "jobs", "src/pgstrike/cli")
        for path in (ROOT / part).rglob("*.py")
    ]
    read = {name for path in code for name in NAME.findall(path.read_text())}
    table = (ROOT / "docs" / "settings.md").read_text().split("Only the tests")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == read
