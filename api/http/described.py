"""Parameters and rows as OpenAPI describes them, from the language and the catalogue."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pgstrike.api.http.answer import Answer
from pgstrike.api.http.catalogue import Argument, Catalogue, Column, Metric
from pgstrike.api.http.schemas import EVENT_ID, INSTANT, NUMBER, TEXT, nullable, record
from pgstrike.api.language import EXPIRY, INDICATOR, ONE_EXPIRY
from pgstrike.api.parameters import A_TEXT, MOST_VALUES, Defaulted, Parameter, Schema

# Of a value that is sent; an interval is answered as seconds.
OF_TYPE: dict[str, Schema] = {
    "smallint": {"type": "integer"},
    "integer": {"type": "integer"},
    "bigint": {"type": "integer"},
    "numeric": {"type": "number"},
    "real": {"type": "number"},
    "double precision": {"type": "number"},
    "text": {"type": "string"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamp with time zone": {"type": "string", "format": "date-time"},
    "interval": {"type": "number"},
}
SPAN: Schema = {
    "type": "string",
    "pattern": "^[1-9][0-9]{0,2} (second|minute|hour|day)s?$",
}
COUNTED: Schema = {"type": "integer", "minimum": 1, "maximum": 1000}
# What the language says in its own words.
IN_LANGUAGE = {"expiries", "around"}
FOR_EVERY_METRIC = {"format", "tz"}  # whatever SQL takes
EXAMPLES = {"interval": "15 minutes", "integer": "10", "double precision": "24500"}
EXAMPLE_WORDS = {"indicator": "pcr_oi", "leg": "call"}


def typed(word: str, schema: Schema) -> Any:
    """A word of a URL as the value that it stands for."""
    match schema.get("type"):
        case "integer":
            return int(word)
        case "number":
            return float(word)
        case "boolean":
            return word == "true"
    return word


def parameter(
    each: Parameter[Any, Any], *, is_single: bool = False, is_required: bool = False
) -> dict[str, Any]:
    """A parameter of the language."""
    schema = dict(each.kind.schema)
    example: Any = typed(each.example, schema)
    if isinstance(each, Defaulted):
        schema["default"] = each.default
    if each.is_list and not is_single:
        schema = {"type": "array", "items": schema, "maxItems": MOST_VALUES}
        example = [example]
    return in_query(
        each.name, each.about, each.is_required or is_required, schema, example
    )


def in_query(
    name: str, about: str, is_required: bool, schema: Schema, example: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": about,
        "required": is_required,
        "schema": schema,
        "example": example,
    }


def argument(each: Argument) -> dict[str, Any]:
    """A parameter that only the metric's function has."""
    schema = dict(schema_of_argument(each))
    word = each.default or EXAMPLE_WORDS.get(each.name) or EXAMPLES.get(each.type, "")
    if each.default is not None:
        schema["default"] = typed(each.default, schema)
    about = f"{each.name} of the metric, of type {each.type}."
    return in_query(each.name, about, not each.is_optional, schema, typed(word, schema))


def schema_of_argument(each: Argument) -> Schema:
    if each.words is not None:
        return {"enum": [*each.words]}
    match each.name, each.type:
        case "indicator", _:
            return INDICATOR.kind.schema
        case "leg", _:
            return {"enum": ["call", "put"]}
        case _, "text":
            return A_TEXT
        case _, "interval":
            return SPAN
        case _, "integer":
            return COUNTED
    return OF_TYPE.get(each.type, TEXT)


def of_metric(
    metric: Metric, declared: Sequence[Parameter[Any, Any]]
) -> Iterator[dict[str, Any]]:
    """The parameters of a metric: words of the language that mean something to it, and its own.

    `declared` are those of the route.
    """
    known = {each.name: each for each in metric.arguments}
    columns = {each.name for each in metric.columns}
    for each in declared:
        own = known.get(each.name)
        if each.name not in metric.words | FOR_EVERY_METRIC:
            continue
        is_single = own is not None and not own.is_array
        if each is EXPIRY:
            is_single = own is not None and EXPIRY.name not in columns
        if each is EXPIRY and is_single:
            each = ONE_EXPIRY
        yield parameter(
            each,
            is_single=is_single,
            is_required=own is not None and not own.is_optional,
        )
    named = {each.name for each in declared} | IN_LANGUAGE
    yield from (argument(each) for each in metric.arguments if each.name not in named)


def example_call(parameters: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The parameters that must be sent, each with its example."""
    return {each["name"]: each["example"] for each in parameters if each["required"]}


def sql_of(metric: Metric) -> str:
    """The call in psql that gives the same rows."""
    words = {"symbol": "'NIFTY'", "expiry": "'2025-09-02'"}
    given = [
        words.get(each.name)
        or {
            "text": f"'{EXAMPLE_WORDS.get(each.name, each.name)}'",
            "timestamp with time zone": "'2025-08-29 12:00+05:30'",
        }.get(each.type, EXAMPLES.get(each.type, "NULL"))
        for each in metric.arguments
        if not each.is_optional
    ]
    return f"SELECT * FROM analytics.{metric.name}({', '.join(given)})"


def column(each: Column) -> dict[str, Any]:
    schema = dict(OF_TYPE.get(each.type, {}))
    if "type" in schema:
        schema["type"] = [schema["type"], "null"]
    unit = {} if each.unit is None else {"x-unit": each.unit}
    return {**schema, "title": each.name, **unit}


def rows_of(metric: Metric, envelope: dict[str, Any]) -> Schema:
    """The answer of a metric. The order of a row's columns is that of `columns`."""
    names = [each.name for each in metric.columns]
    exact = {
        "type": "array",
        "prefixItems": [column(each) for each in metric.columns],
        "minItems": len(names),
        "maxItems": len(names),
    }
    members = {
        "symbol": {"type": ["string", "null"]},
        "event": EVENT_ID,
        "clock": nullable(INSTANT),
        **envelope,
        "columns": {"type": "array", "items": TEXT, "examples": [names]},
        "rows": {"type": "array", "items": {"type": "array"}},
    }
    more = {
        "version": {"type": "integer"},
        "cursor": nullable(TEXT),
        "as_of": nullable(INSTANT),
        "stale_since": nullable(INSTANT),
        "committed_at": nullable(INSTANT),
        "quote_source": nullable(TEXT),
        "wall_pace_seconds": nullable(NUMBER),
        "market_pace_seconds": nullable(NUMBER),
    }
    return {
        **record(members, more),
        "description": "`fields` leaves columns out; several indicators add some.",
        "if": {"properties": {"columns": {"const": names}}},
        "then": {"properties": {"rows": {"items": exact}}},
    }


def schema_of(answer: Answer, catalogue: Catalogue, metric: Metric | None) -> Schema:
    """What an answer holds; of a table, the rows of any of its metrics."""
    if not answer.metrics:
        return answer.schema
    found = [
        rows_of(
            metric if name == "*" and metric else catalogue.metric(name),
            dict(answer.envelope),
        )
        for name in answer.metrics
    ]
    return found[0] if len(found) == 1 else {"anyOf": found}
