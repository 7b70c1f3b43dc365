"""A kind of task: what `pgstrike run` can be asked to do."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pgstrike.jobs.tasks.work import Work

Result = Mapping[str, Any]


class Kind(NamedTuple):
    """`run` does the work in chunks (see Work), and returns what the asker is to have.

    A task that was cut short runs again, from the checkpoint of its last chunk.
    """

    name: str
    about: str
    properties: Mapping[str, Mapping[str, Any]]  # of the JSON Schema of its arguments
    required: tuple[str, ...]
    run: Callable[[Work], Result]
    is_for_readers: bool = False

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }


SYMBOL = {"type": "string", "maxLength": 32, "description": "the underlying: NIFTY"}
FROM = {
    "type": "string",
    "format": "date-time",
    "description": "where it begins: 2025-08-29T03:45:00Z",
}
TO = {
    "type": "string",
    "format": "date-time",
    "description": "the time before which it ends: 2025-08-30T00:00:00Z",
}
