"""JSON Schema, in the pieces that answers and frames are put together of."""

from collections.abc import Mapping
from typing import Any

from pgstrike.api.events.event import POSITIONS
from pgstrike.api.parameters import Schema

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string", "format": "date"}
# Of an alert, a watchlist, and a model.
NAME: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_.-]{0,62}$"}
ANYTHING: Schema = {}
OBJECT: Schema = {"type": "object"}
EVENT_ID: Schema = {
    "type": "string",
    "pattern": f"^{POSITIONS.pattern}$",
    "description": "The newest event that the answer includes; go on after it.",
}


def record(
    members: Mapping[str, Any], optional: Mapping[str, Any] = ANYTHING
) -> Schema:
    """An object that has all members, and perhaps some others."""
    return {
        "type": "object",
        "properties": {**members, **optional},
        "required": list(members),
    }


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
