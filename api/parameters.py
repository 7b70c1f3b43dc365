"""The parameters of a URL: named and typed once, and read strictly.

A route lists its parameters (api/http/routes.py). An unknown, repeated or wrongly typed one is
an error, so that a typing error never changes an answer silently.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, NamedTuple, NoReturn, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from multidict import MultiMapping

from pgstrike.api.errors import bad_request

SHOWN = 80  # characters of a wrong value that its refusal repeats
MOST_VALUES = 100  # of one parameter
MOST_CHARACTERS = 1000  # of a value
MOST_OFFSET = timedelta(hours=15, minutes=59)  # Postgres reads no other
TZ = "tz"  # the parameter that names the zone of times without one
# A plus sign that was not escaped arrives as a space.
SPACED_OFFSET = re.compile(r"(.*\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d(?::?\d\d)?)")

Schema: TypeAlias = Mapping[str, Any]
A_TEXT: Schema = {"type": "string", "format": "text", "minLength": 1}
T = TypeVar("T")
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Kind(NamedTuple, Generic[T]):
    """How a value is written; `read` raises ValueError where a text is none."""

    says: str  # what to send
    code: str  # of the error
    read: Callable[[str], T]
    schema: Schema = A_TEXT  # JSON Schema of a value that `read` takes


@dataclass(frozen=True)
class Parameter(ABC, Generic[T, V_co]):
    """A parameter that a route takes: each value is a T, and its handler gets a V_co."""

    name: str
    kind: Kind[T]
    example: str
    about: str

    is_required: ClassVar[bool] = False
    is_list: ClassVar[bool] = False  # may be sent several times
    may_be_empty: ClassVar[bool] = False

    @abstractmethod
    def value(self, sent: list[str]) -> V_co:
        """The value of the texts sent under the name."""

    def _refuse_repeated(self, sent: list[str]) -> None:
        if len(sent) > 1:
            raise bad_request(
                "repeated_parameter",
                f"{self.name} is repeated",
                "Send it once",
                self.name,
            )

    def _read(self, text: str) -> T:
        try:
            return self.kind.read(text)
        except (ValueError, OverflowError):
            self.refuse(text)

    def refuse(self, text: str) -> NoReturn:
        """Raise a 400 that says what to send."""
        raise bad_request(
            self.kind.code,
            f'{self.name} is "{text[:SHOWN]}"',
            f"Send {self.kind.says}, such as {self.name}={self.example}",
            self.name,
        ) from None

    def refuse_missing(self, sent: Collection[str]) -> None:
        if not sent:
            raise bad_request(
                "missing_parameter",
                f"{self.name} is missing",
                f"Send it, for example {self.name}={self.example}",
                self.name,
            )


class Required(Parameter[T, T]):
    """One that must be sent, once."""

    is_required = True

    def value(self, sent: list[str]) -> T:
        self.refuse_missing(sent)
        self._refuse_repeated(sent)
        return self._read(sent[0])


class Optional(Parameter[T, T | None]):
    """One that may be sent, once."""

    def value(self, sent: list[str]) -> T | None:
        text = self.one(sent)
        return None if text is None else self._read(text)

    def one(self, sent: list[str]) -> str | None:
        """The text, as it was sent."""
        self._refuse_repeated(sent)
        return sent[0] if sent else None


class Blank(Optional[T]):
    """One that may be sent, once; sent empty, it is as if not sent."""

    may_be_empty = True

    def value(self, sent: list[str]) -> T | None:
        return None if sent == [""] else super().value(sent)


@dataclass(frozen=True)
class Defaulted(Parameter[T, T]):
    """One that may be sent, once, and has a value of its own."""

    default: T

    def value(self, sent: list[str]) -> T:
        self._refuse_repeated(sent)
        return self._read(sent[0]) if sent else self.default


class Repeated(Parameter[T, list[T]]):
    """One that may be sent any number of times."""

    is_list = True

    def value(self, sent: list[str]) -> list[T]:
        return [self._read(text) for text in sent]


class Several(Repeated[T]):
    """One that must be sent, any number of times."""

    is_required = True

    def value(self, sent: list[str]) -> list[T]:
        self.refuse_missing(sent)
        return super().value(sent)


class Listed(Parameter[T, list[T]]):
    """One that may be sent any number of times, each with several values between commas."""

    is_list = True

    def value(self, sent: list[str]) -> list[T]:
        return [self._read(part) for text in sent for part in text.split(",")]


class Sent:
    """What a request sent, checked; `takes_others`: its handler knows more parameters."""

    def __init__(
        self,
        query: MultiMapping[str],
        parameters: Collection[Parameter[Any, Any]],
        *,
        takes_others: bool = False,
    ) -> None:
        known = {parameter.name: parameter for parameter in parameters}
        for name in dict.fromkeys(query):
            if name not in known and not takes_others:
                send = f"any of {', '.join(known)}" if known else "none"
                raise bad_request(
                    "unknown_parameter",
                    f'There is no parameter "{name[:SHOWN]}"',
                    f"Send {send}",
                    name[:SHOWN],
                )
            may_be_empty = name in known and known[name].may_be_empty
            refuse_unreadable(name, query.getall(name), may_be_empty=may_be_empty)
        self.words = {name: query.getall(name) for name in query}
        self._values = {
            each.name: each.value(self.words.get(each.name, [])) for each in parameters
        }
        self._place_times(known)

    def _place_times(self, known: dict[str, Parameter[Any, Any]]) -> None:
        """Turn times into UTC, those without a zone by the parameter tz."""
        zone = self._values.get(TZ)
        for name, value in self._values.items():
            if isinstance(value, datetime):
                try:
                    time = in_utc(value, zone)
                except (ValueError, OverflowError):
                    known[name].refuse(self.words[name][0])
                self._values[name] = time
                self.words[name] = [time.isoformat()]

    def __getitem__(self, parameter: Parameter[Any, V]) -> V:
        found: V = self._values[parameter.name]
        return found

    def values(self) -> dict[str, Any]:
        """The value of every parameter of the route, by its name."""
        return dict(self._values)

    def has(self, parameter: Parameter[Any, Any]) -> bool:
        return parameter.name in self.words


def refuse_unreadable(
    name: str, texts: Collection[str], *, may_be_empty: bool = False
) -> None:
    """Refuse values that no parameter has, and too many of them."""
    if len(texts) > MOST_VALUES or sum(len(text) for text in texts) > MOST_CHARACTERS:
        raise bad_request(
            "long_parameter",
            f"{name[:SHOWN]} has more than {MOST_VALUES} values or "
            f"{MOST_CHARACTERS} characters",
            "Send fewer",
            name[:SHOWN],
        )
    if not all((text or may_be_empty) and text.isprintable() for text in texts):
        raise bad_request(
            "bad_parameter",
            f"{name[:SHOWN]} is empty or unprintable",
            "Send it as text",
            name[:SHOWN],
        )


def read_time(text: str) -> datetime:
    """A time, which may have no zone (in_utc). A small z is a Z too."""
    text = f"{text[:-1]}Z" if text.endswith("z") else text
    spaced = SPACED_OFFSET.fullmatch(text)
    return datetime.fromisoformat(f"{spaced[1]}+{spaced[2]}" if spaced else text)


def in_utc(time: datetime, zone: ZoneInfo | None) -> datetime:
    """The time in UTC; ValueError where it has no zone, or clocks there never show it."""
    offset = time.utcoffset()
    if offset is not None:
        if abs(offset) > MOST_OFFSET:
            raise ValueError
        return time.astimezone(UTC)
    if zone is None:
        raise ValueError
    placed = time.replace(tzinfo=zone).astimezone(UTC)
    if placed.astimezone(zone).replace(tzinfo=None) != time:
        raise ValueError
    return placed


TEXT = Kind("a text", "bad_parameter", str)


def word_of(*words: str) -> Kind[str]:
    """A text that SQL or the handler checks against these words."""
    return TEXT._replace(schema={"enum": list(words)})
