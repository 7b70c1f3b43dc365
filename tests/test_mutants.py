"""The list of mutants fits the product, though `make mutants` is for a quiet machine."""

import ast
from pathlib import Path

import pytest
from pglast import parse_sql

from pgstrike.db.paths import ROOT
from tests.mutants.__main__ import changed
from tests.mutants.catalog import MUTANTS


@pytest.mark.parametrize("path", sorted({mutant.path for mutant in MUTANTS}))
def test_each_mutant_changes_its_file_and_can_be_parsed(path: str) -> None:
    parse = parse_sql if path.endswith(".sql") else ast.parse
    for mutant in MUTANTS:
        if mutant.path == path:
            parse(changed(mutant))


def test_each_test_of_a_mutant_exists() -> None:
    tests = {mutant.test.split("::")[0] for mutant in MUTANTS}
    assert [test for test in sorted(tests) if not Path(ROOT, test).is_file()] == []
