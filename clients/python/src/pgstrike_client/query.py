"""Parameters of a request, as the words that a URL takes."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias

Value: TypeAlias = str | int | float | date | datetime | timedelta
Values: TypeAlias = Value | Iterable[Value] | None
Words: TypeAlias = str | Iterable[str] | None
Expiry: TypeAlias = str | date
Expiries: TypeAlias = Expiry | Iterable[Expiry] | None
Pairs: TypeAlias = Sequence[tuple[str, str]]


def pairs(**parameters: Values) -> list[tuple[str, str]]:
    """One pair for each value; None is left out, and an iterable is repeated."""
    return [
        (name, word_of(name, value))
        for name, values in parameters.items()
        if values is not None
        for value in each(values)
    ]


def each(values: Value | Iterable[Value]) -> Iterable[Value]:
    if isinstance(values, str | int | float | date | timedelta):
        return (values,)
    return values


def word_of(name: str, value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{name} has no time zone; give it a tzinfo")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.6f} seconds"
    return str(value)


def listed(values: str | Iterable[str] | None) -> str | None:
    """Names with commas between them."""
    if values is None or isinstance(values, str):
        return values
    return ",".join(values)


def dates(expiries: Expiries) -> list[str] | None:
    """Expiries as the server takes them. A datetime, as pandas has it, gives its date."""
    if expiries is None:
        return None
    if isinstance(expiries, str | date):
        expiries = (expiries,)
    return [
        each.date().isoformat() if isinstance(each, datetime) else str(each)
        for each in expiries
    ]
