"""What several tests need is in tests/support/ or a conftest.py: no test imports another."""

import re

from pgstrike.db.paths import ROOT

IMPORT = re.compile(r"^\s*(?:from|import) tests\b.*\btest_\w+", re.MULTILINE)


def test_no_test_imports_another() -> None:
    texts = {path: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    assert {path for path, text in texts.items() if IMPORT.search(text)} == set()
    assert len(texts) > 500


def test_import_of_a_test_is_noticed() -> None:
    assert IMPORT.search("import re\nfrom tests.path import conftest, test_demo\n")
    assert IMPORT.search("import tests.path.test_demo\n")
