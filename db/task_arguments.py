"""The arguments of a task, checked by the JSON Schema of its kind.

The api checks them before it asks, the command too, and the worker before it begins: a task
that is asked for by SQL is checked by names alone.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pgstrike.db.errors import PgstrikeError


class ArgumentError(PgstrikeError):
    """An argument that cannot be used; `field` names it: arguments.symbol."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field


def is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


FORMATS = {"date-time": is_time, "date": is_date}
SAYS = {
    "date-time": "is no time with a zone; send one such as 2025-08-29T03:45:00Z",
    "date": "is no date; send one such as 2025-08-29",
}


def check_arguments(schema: Mapping[str, Any], arguments: Any) -> None:
    """Refuse the first argument that is missing, unknown or wrong."""
    import fastjsonschema  # it takes a moment to load

    try:
        fastjsonschema.compile(dict(schema), formats=FORMATS)(arguments)
    except fastjsonschema.JsonSchemaValueException as error:
        raise refusal(schema, error) from None
    check_span(arguments)


def check_span(arguments: Mapping[str, Any]) -> None:
    """Refuse a time that ends where it begins, or before."""
    span = [str(arguments.get(name, "")) for name in ("from", "to")]
    if all(map(is_time, span)):
        start, end = map(datetime.fromisoformat, span)
        if start >= end:
            raise ArgumentError(
                "arguments.to",
                f"is no later than arguments.from, {start}; send a later one",
            )


def refusal(schema: Mapping[str, Any], error: Any) -> ArgumentError:
    """The field, and what to send."""
    field = ".".join(["arguments", *map(str, error.path[1:])])
    known = schema.get("properties", {})
    if error.rule == "additionalProperties" and len(error.path) == 1:
        name = next(name for name in error.value if name not in known)
        some = ", ".join(known) or "none"
        return ArgumentError(f"{field}.{name}", f"is unknown; there is {some}")
    if error.rule == "required" and len(error.path) == 1:
        name = next(name for name in error.rule_definition if name not in error.value)
        about = known.get(name, {}).get("description", "it")
        return ArgumentError(f"{field}.{name}", f"is missing; send {about}")
    if error.rule == "format":
        return ArgumentError(field, SAYS[error.rule_definition])
    return ArgumentError(field, error.message.removeprefix(f"{error.name} "))
