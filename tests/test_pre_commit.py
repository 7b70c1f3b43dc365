"""pre-commit runs what `make check` runs."""

import re

from pgstrike.db.paths import ROOT


def test_hooks_are_the_commands_of_make_check() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipes = re.findall(r"^check-\w+:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    checks = {
        re.sub(r"^\$\(if \$\(IF_NODE\),(.*)\)$", r"\1", line.strip()).replace(
            "$(BIN)", ".venv/bin"
        )
        for line in "".join(recipes).splitlines()
    }
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert {*re.findall(r"entry: (.*)", hooks)} == checks
    assert len(checks) == 7
