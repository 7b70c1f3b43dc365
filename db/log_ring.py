"""The newest log lines of this process, kept in memory for GET /api/logs, without secrets."""

import logging
import re
from collections import deque
from typing import Any

from pgstrike.db.log_form import line_of

KEPT = 300
MOST_LETTERS = 2000  # of a message
HIDDEN = "***"
SECRETS = (
    # In a DSN, a header or a sentence; in a URL; a key of ours.
    re.compile(
        r"(?i)\b((?:\w*password|passwd|secret|token|api_?key)['\"]?\s*[=:]\s*)"
        r"(?:'[^']*'|\"[^\"]*\"|\S+)"
    ),
    re.compile(r"(?i)\b(bearer\s+)\S+"),
    re.compile(r"(://[^\s/@:]*:)[^\s/@]+(?=@)"),
    re.compile(r"\b(pgs_)[0-9A-Za-z_-]+"),
)
Line = dict[str, Any]


def without_secrets(text: str) -> str:
    """The text with passwords and keys hidden, as far as their form or name tells."""
    for secret in SECRETS:
        text = secret.sub(rf"\g<1>{HIDDEN}", text)
    return text


def storable(text: str) -> str:
    """The text as Postgres can store it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


class LogRing:
    """The newest lines, and of those the ones that were not taken yet."""

    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self._new: deque[Line] = deque(maxlen=KEPT)

    def add(self, record: logging.LogRecord) -> None:
        """Keep a line; of an exception only its type, because its text holds values."""
        line = line_of(record)
        message = storable(without_secrets(line["message"]))[:MOST_LETTERS]
        if record.exc_info and record.exc_info[0]:
            message += f" ({record.exc_info[0].__name__})"
        line["message"] = message
        self.lines.append(line)
        self._new.append(line)

    def take(self) -> list[Line]:
        """The lines since this was called last."""
        taken = []
        while self._new:
            taken.append(self._new.popleft())
        return taken

    def put_back(self, lines: list[Line]) -> None:
        """Return lines that could not be stored to the queue; the oldest go if it is full."""
        room = KEPT - len(self._new)
        self._new.extendleft(reversed(lines[len(lines) - min(room, len(lines)) :]))


RING = LogRing()


class KeptStream(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes lines to the standard error, and keeps the newest ones in RING.

    A record that cannot be written, such as one with too few values, is reported there.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        try:
            return bool(super().handle(record))
        except Exception:  # also that of a filter, which logging itself does not catch
            self.handleError(record)
            return False

    def emit(self, record: logging.LogRecord) -> None:
        RING.add(record)
        super().emit(record)
