"""The parameters of a URL: named and typed once, and read strictly.

A route lists its parameters (api/http/routes.py). An unknown, repeated or wrongly typed one is
an error, so that a typing error never changes an answer silently.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from multidict import MultiMapping

from pgstrike.api.errors import bad_request

SHOWN = 80  # characters of a wrong value that its refusal repeats
AROUND = re.compile(r"atm:([0-9]{1,4})")

T = TypeVar("T")
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Kind(NamedTuple, Generic[T]):
    """How a value is written; `read` raises ValueError where a text is none."""

    says: str  # what to send
    code: str  # of the error
    read: Callable[[str], T]


@dataclass(frozen=True)
class Parameter(ABC, Generic[T, V_co]):
    """A parameter that a route takes: each value is a T, and its handler gets a V_co."""

    name: str
    kind: Kind[T]
    example: str
    about: str

    @abstractmethod
    def value(self, sent: list[str]) -> V_co:
        """The value of the texts sent under the name."""

    def _refuse_repeated(self, sent: list[str]) -> None:
        if len(sent) > 1:
            raise bad_request(
                "repeated_parameter", f"{self.name} is repeated; send it once."
            )

    def _read(self, text: str) -> T:
        try:
            return self.kind.read(text)
        except (ValueError, OverflowError):
            raise bad_request(
                self.kind.code,
                f'{self.name} is "{text[:SHOWN]}"; send {self.kind.says}, '
                f"such as {self.name}={self.example}.",
            ) from None

    def refuse_missing(self, sent: Collection[str]) -> None:
        if not sent:
            raise bad_request(
                "missing_parameter",
                f"{self.name} is missing; send it, for example {self.name}={self.example}.",
            )


class Required(Parameter[T, T]):
    """One that must be sent, once."""

    def value(self, sent: list[str]) -> T:
        self.refuse_missing(sent)
        self._refuse_repeated(sent)
        return self._read(sent[0])


class Optional(Parameter[T, T | None]):
    """One that may be sent, once."""

    def value(self, sent: list[str]) -> T | None:
        self._refuse_repeated(sent)
        return self._read(sent[0]) if sent else None


@dataclass(frozen=True)
class Defaulted(Parameter[T, T]):
    """One that may be sent, once, and has a value of its own."""

    default: T

    def value(self, sent: list[str]) -> T:
        self._refuse_repeated(sent)
        return self._read(sent[0]) if sent else self.default


class Repeated(Parameter[T, list[T]]):
    """One that may be sent any number of times."""

    def value(self, sent: list[str]) -> list[T]:
        return [self._read(text) for text in sent]


class Sent:
    """What a request sent, checked; `takes_others`: its handler knows more parameters."""

    def __init__(
        self,
        query: MultiMapping[str],
        parameters: Collection[Parameter[Any, Any]],
        *,
        takes_others: bool = False,
    ) -> None:
        known = [parameter.name for parameter in parameters]
        for name, text in query.items():
            if name not in known and not takes_others:
                send = f"any of {', '.join(known)}" if known else "none"
                raise bad_request(
                    "unknown_parameter",
                    f'There is no parameter "{name}"; send {send}.',
                )
            if not text or not text.isprintable():
                raise bad_request(
                    "bad_parameter", f"{name} is empty or unprintable; send it as text."
                )
        self.words = {name: query.getall(name) for name in query}
        self._values = {
            each.name: each.value(self.words.get(each.name, [])) for each in parameters
        }

    def __getitem__(self, parameter: Parameter[Any, V]) -> V:
        found: V = self._values[parameter.name]
        return found

    def has(self, parameter: Parameter[Any, Any]) -> bool:
        return parameter.name in self.words


def read_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError
    return time.astimezone(UTC)


def read_around(text: str) -> int:
    """How many levels each side of the money, from `atm:10`."""
    match = AROUND.fullmatch(text)
    if match is None:
        raise ValueError
    return int(match[1])


TEXT = Kind("a text", "bad_parameter", str)
EXPIRY_DATE = Kind("a date", "bad_expiry", date.fromisoformat)
TIME = Kind("a time with a zone", "bad_time", read_time)
LEVELS = Kind("levels each side of the money", "bad_strikes", read_around)
