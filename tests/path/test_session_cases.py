"""Cases from public bug reports that sessions, calendars and staleness decide."""

from pathlib import Path

import pytest

from tests.support.cases import CASES, faults

NAMES = (
    "close-poll-1530-05",
    "frozen-feed-age",
    "holiday-moved-2023-06-28",
    "muhurat-2025-10-21",
    "new-york-session",
)


@pytest.mark.parametrize("name", NAMES)
def test_case_comes_out_right(dsn: str, name: str) -> None:
    assert faults(dsn, name) == []


def test_cases_are_here_or_nowhere() -> None:
    """A name that is misspelt would be no case."""
    if CASES.exists():
        assert [name for name in NAMES if not Path(CASES, name).is_dir()] == []
