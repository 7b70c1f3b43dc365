"""One log line per kind and minute (a setting), with the count of those left out.

Others can cause lines without end: requests that cannot be read, wrong keys, a database that is
away. Lines are of one kind if they come from one place in the code; their values do not count.
"""

import logging
import re
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from pgstrike.db.log_form import formatter
from pgstrike.db.log_ring import KeptStream
from pgstrike.db.settings import LogSettings

MOST_KINDS = 1000
MOST_LETTERS = 1000  # of a line, without its traceback
VALUES = re.compile(r"0x[0-9a-fA-F]+|[0-9]+")


class Kind(NamedTuple):
    """What lines have in common."""

    logger: str
    text: str
    failure: str  # the type of an exception, and where it was raised


class LogLimit(logging.Filter):
    """A filter of a handler, so that it applies to the lines of every logger."""

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self.seconds = seconds
        self.clock = clock
        self._since: dict[Kind, float] = {}  # when a line was let through
        self._left_out: dict[Kind, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = kind_of(record)
        now = self.clock()
        if now - self._since.get(kind, float("-inf")) < self.seconds:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return False
        if len(self._since) >= MOST_KINDS:
            self._forget()
        self._since[kind] = now
        if left_out := self._left_out.pop(kind, 0):
            note(record, left_out)
        return True

    def _forget(self) -> None:
        """Forget the kinds that were seen first, and with them what they left out."""
        for kind in [*self._since][: MOST_KINDS // 2]:
            del self._since[kind]
            self._left_out.pop(kind, None)


def kind_of(record: logging.LogRecord) -> Kind:
    text = VALUES.sub("#", str(record.msg).partition("\n")[0])
    return Kind(record.name, text, failure_of(record))


def failure_of(record: logging.LogRecord) -> str:
    """One log line may report many kinds of failure; the place in the code says which."""
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    kind, _, trace = record.exc_info
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = (
        ""
        if trace is None
        else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    )
    return f"{kind.__name__} {place}"


def note(record: logging.LogRecord, left_out: int) -> None:
    """Have the line say how many like it there were."""
    record.msg = f"{record.getMessage()} ({left_out} more like it before this one)"
    record.args = None


class OneLine(logging.Formatter):
    """Messages on one line, whatever is in their values; a traceback still has its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        if len(line) > MOST_LETTERS:
            line = f"{line[:MOST_LETTERS]}..."
        return "".join(
            letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line
        )


def start_logging(settings: LogSettings) -> None:
    """Log warnings to the standard error, for a process of the api."""
    handler = KeptStream()
    plain = OneLine("%(asctime)s %(name)s %(message)s")
    handler.setFormatter(formatter(settings.form, plain))
    handler.addFilter(LogLimit(settings.repeat_seconds))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
