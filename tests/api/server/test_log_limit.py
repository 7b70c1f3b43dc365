"""api.server.log_limit: one line per kind and minute, with the count of those left out."""

import logging

import pytest

from pgstrike.api.server.log_limit import MOST_KINDS, LogLimit, OneLine


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Kept(logging.Handler):
    """What a handler with the limit would have written."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.addFilter(LogLimit(60, self.clock))
        self.setFormatter(OneLine("%(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def logger(kept: Kept) -> logging.Logger:
    logger = logging.Logger("test")
    logger.addHandler(kept)
    return logger


def test_one_line_per_kind_and_minute_counts_the_others(
    kept: Kept, logger: logging.Logger
) -> None:
    for number in range(1000):
        logger.warning("bad_request remote=%s", number)
        logger.warning("other kind=%s", number)
    kept.clock.now = 61
    logger.warning("bad_request remote=%s", "x")
    assert kept.lines == [
        "bad_request remote=0",
        "other kind=0",
        "bad_request remote=x (999 more like it before this one)",
    ]


def test_numbers_in_a_text_make_no_kind_of_their_own(
    kept: Kept, logger: logging.Logger
) -> None:
    for number in range(100):
        logger.error(f"Task-{number} at 0x{number:x}\nand more of {number}")  # noqa: G004
    assert kept.lines == ["Task-0 at 0x0\\nand more of 0"]


def test_failures_of_different_places_are_different_kinds(
    kept: Kept, logger: logging.Logger
) -> None:
    for divisor in (0, 0, None):
        try:
            1 / divisor  # type: ignore[operator]
        except (ZeroDivisionError, TypeError):
            logger.exception("failed")
    assert [line.splitlines()[-1].split(":")[0] for line in kept.lines] == [
        "ZeroDivisionError",
        "TypeError",
    ]


def test_values_cannot_make_lines_of_their_own(
    kept: Kept, logger: logging.Logger
) -> None:
    logger.warning("failed path=%s", "/x\n2026-01-01 all is well \x1b[2J\u2028")
    assert kept.lines == ["failed path=/x\\n2026-01-01 all is well \\x1b[2J\\u2028"]


def test_kinds_without_end_are_forgotten(kept: Kept, logger: logging.Logger) -> None:
    for number in range(3 * MOST_KINDS):
        logger.warning("kind-" + "x" * number)  # noqa: G003
    [limit] = kept.filters
    assert isinstance(limit, LogLimit)
    assert len(limit._since) <= MOST_KINDS
