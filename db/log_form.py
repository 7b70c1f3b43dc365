"""The form of log lines: plain text, or with PGSTRIKE_LOG=json one JSON object a line.

A line says which request or which job it is about; both are set where that begins.
"""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
JOB: ContextVar[str | None] = ContextVar("job", default=None)


class JsonLines(logging.Formatter):
    """One JSON object on one line, whatever is in the values."""

    def format(self, record: logging.LogRecord) -> str:
        line = line_of(record)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a line says, without a traceback."""
    at = datetime.fromtimestamp(record.created, UTC)
    line = {
        "time": at.isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
        "process": record.process,
        "request": REQUEST.get(),
        "job": JOB.get(),
    }
    return {name: x for name, x in line.items() if x is not None}


def formatter(form: str, plain: logging.Formatter) -> logging.Formatter:
    """That of a form (see LogSettings)."""
    return JsonLines() if form == "json" else plain
