"""The answers of the server's REST endpoints."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pgstrike_client.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class Answer:
    """A table: each of `rows` has one value per name in `columns`.

    Values are as JSON has them: a time is an ISO 8601 string in UTC, a date is an ISO 8601
    string, unknown is None. Volume and open interest are in units of the underlying, IV is
    a decimal, and columns that end in `_seconds` are in seconds.

    `event` is the id of the newest event that the rows include: give it to
    `stream(after=...)` to go on from there. `clock` is the market's time.
    """

    columns: tuple[str, ...]
    rows: list[list[Any]] = field(repr=False)
    event: str
    clock: datetime | None
    text: str = field(repr=False)  # the JSON itself

    @classmethod
    def parse(cls, text: str) -> "Answer":
        """UnavailableError where the text is no answer: a proxy's page, for example."""
        try:
            body = json.loads(text)
            event, clock = body["event"], body["clock"]
            if not isinstance(event, str):
                raise TypeError
            return cls(
                columns=tuple(body["columns"]),
                rows=body["rows"],
                event=event,
                clock=None if clock is None else datetime.fromisoformat(clock),
                text=text,
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise no_answer() from None

    def records(self) -> list[dict[str, Any]]:
        """The rows as dicts, by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def event_of(text: str) -> str:
    """The event that an answer includes."""
    try:
        return str(json.loads(text)["event"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise no_answer() from None


class Parameter(NamedTuple):
    """A parameter of a metric; `type` is that of Postgres."""

    name: str
    type: str
    optional: bool


class Metric(NamedTuple):
    """What a server can compute."""

    name: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    about: str


def parse_metrics(text: str) -> list[Metric]:
    try:
        return [
            Metric(
                name=found["metric"],
                parameters=tuple(
                    Parameter(each["name"], each["type"], each["optional"])
                    for each in found["parameters"]
                ),
                columns=tuple(found["columns"]),
                about=found["about"] or "",
            )
            for found in json.loads(text)["metrics"]
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise no_answer() from None


def no_answer() -> UnavailableError:
    return UnavailableError(
        "no_answer",
        "the response is not an answer of a pgstrike server; is a proxy down?",
    )
