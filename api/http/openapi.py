"""The description of the api, OpenAPI 3.1: from the route table and the catalogue of metrics.

This file names no path, parameter or column, so it need not change for a new route or metric.
"""

import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from importlib import metadata
from typing import Any

from aiohttp import hdrs, web

from pgstrike.api.http.answer import JSON_TYPE, Answer
from pgstrike.api.http.catalogue import Catalogue, Metric, catalogue_of
from pgstrike.api.http.described import (
    example_call,
    of_metric,
    parameter,
    schema_of,
    sql_of,
)
from pgstrike.api.http.forms import MEDIA
from pgstrike.api.http.frames import BY_EVENT, FRAMES
from pgstrike.api.http.route import PLACEHOLDER, TABLE, Caller, Route
from pgstrike.api.http.schemas import NAME, TEXT, record
from pgstrike.api.http.variants import is_known
from pgstrike.api.parameters import Schema

VERSION = "3.1.0"
OF_A_METRIC = "{metric}"
# Any request may be answered so: it is malformed, refuses every coding, is too long or to
# another host, or comes with too many others.
ALWAYS = (400, 406, 413, 421, 431, 500, 503)
ERROR = record(
    {
        "error": record(
            {"code": TEXT, "message": TEXT},
            {
                "field": {**TEXT, "description": "The parameter or member at fault."},
                "hint": {**TEXT, "description": "What to do instead."},
            },
        )
    }
)
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key."},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "pgstrike",
        "description": "Of `POST /session`, for browsers.",
    },
}
IN_PATH: dict[str, tuple[Schema, Any]] = {
    "id": ({"type": "integer", "minimum": 1, "maximum": 10**17}, 1),
    "filename": (TEXT, "pgstrike.js"),
    "name": (NAME, "far_from_the_money"),
}
ABOUT = (
    "Live option-chain analytics. Each path under `/v1/` also exists under `/fo/`, its older "
    "name. Volume and OI are in units of the underlying. IV is a decimal. An unknown figure is "
    "null, never 0. Answers give instants in UTC. A time that you send may have an offset of "
    "up to 15:59. All values of one parameter have at most 1,000 characters together. Send an "
    "ETag back as If-None-Match, and an unchanged answer is 304 without a body. Answers of "
    "1 kB or more are compressed as Accept-Encoding asks (zstd, br, gzip)."
)


class Described:
    """The document of one catalogue: its text and ETag, kept until the catalogue changes."""

    def __init__(self, catalogue: Catalogue, routes: Sequence[Route]) -> None:
        self.hash = catalogue.hash
        text = json.dumps(document(catalogue, routes), separators=(",", ":"))
        self.body = text.encode()


DESCRIBED = web.AppKey("described", list[Described])


async def openapi(request: web.Request) -> web.Response:
    """The document: the same for everybody, with a key or without."""
    app = request.app
    catalogue = await catalogue_of(app)
    if not app[DESCRIBED] or app[DESCRIBED][0].hash != catalogue.hash:
        app[DESCRIBED][:] = [Described(catalogue, app[TABLE].routes)]
    [made] = app[DESCRIBED]
    headers = {hdrs.ETAG: f'"{made.hash}"', hdrs.CACHE_CONTROL: "no-cache"}
    if is_known(request, made.hash):
        return web.Response(status=304, headers=headers)
    return web.Response(body=made.body, content_type=JSON_TYPE, headers=headers)


def document(catalogue: Catalogue, routes: Sequence[Route]) -> dict[str, Any]:
    shared = Shared()
    paths: dict[str, dict[str, Any]] = {}
    for row in routes:
        for path, metric in paths_of(row, catalogue):
            operations = paths.setdefault(path, {})
            made = operation(row, path, metric, catalogue, shared)
            operations[row.method.lower()] = made
            if row.method == hdrs.METH_GET and row.has_head:
                operations["head"] = headers_alone(made)
    return {
        "openapi": VERSION,
        "info": {
            "title": "pgstrike",
            "version": metadata.version("pgstrike"),
            "description": ABOUT,
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": shared.components(),
    }


class Shared:
    """What many operations have in common, written down once and referred to."""

    def __init__(self) -> None:
        self._parameters: dict[str, dict[str, Any]] = {}
        self._statuses: set[int] = set()

    def parameter(self, made: dict[str, Any]) -> dict[str, Any]:
        """A reference to the parameter; another one of that name gets a number."""
        name, number = made["name"], 1
        while self._parameters.setdefault(name, made) != made:
            number += 1
            name = f"{made['name']}_{number}"
        return {"$ref": f"#/components/parameters/{name}"}

    def failure(self, status: int) -> dict[str, Any]:
        self._statuses.add(status)
        return {"$ref": f"#/components/responses/error_{status}"}

    def components(self) -> dict[str, Any]:
        return {
            "schemas": {"error": ERROR, **FRAMES},
            "parameters": self._parameters,
            "responses": {
                f"error_{status}": error_response(status)
                for status in sorted(self._statuses)
            },
            "securitySchemes": SECURITY,
        }


def error_response(status: int) -> dict[str, Any]:
    content = {JSON_TYPE: {"schema": {"$ref": "#/components/schemas/error"}}}
    return {"description": f"{HTTPStatus(status).phrase}.", "content": content}


def bad_or_refused(schema: Schema) -> dict[str, Any]:
    either = {"anyOf": [schema, {"$ref": "#/components/schemas/error"}]}
    return {"description": "Not in order.", "content": {JSON_TYPE: {"schema": either}}}


def paths_of(row: Route, catalogue: Catalogue) -> Iterator[tuple[str, Metric | None]]:
    """The paths of a row: each metric has one of its own, with its own parameters."""
    path = PLACEHOLDER.sub(r"{\1}", row.path)
    if OF_A_METRIC not in path:
        yield path, None
        return
    for metric in catalogue.metrics:
        yield path.replace(OF_A_METRIC, metric.name), metric


def operation(
    row: Route,
    path: str,
    metric: Metric | None,
    catalogue: Catalogue,
    shared: Shared,
) -> dict[str, Any]:
    answer = row.answers or Answer()
    query = query_of(row, metric)
    return {
        "operationId": operation_id(row.method, path),
        "tags": ["metrics" if metric else tag_of(path)],
        "summary": row.about,
        **({} if metric is None else {"description": metric.about}),
        "parameters": [*in_path(path), *map(shared.parameter, query)],
        **({} if answer.takes is None else {"requestBody": body_of(answer)}),
        "responses": {
            str(answer.status): success(
                row, answer, schema_of(answer, catalogue, metric)
            ),
            **({"304": {"description": "Unchanged."}} if answer.has_etag else {}),
            **{str(x): shared.failure(x) for x in failures(row, answer)},
            **({"503": bad_or_refused(answer.schema)} if answer.says_bad else {}),
        },
        "security": security_of(row.caller),
        "x-caller": row.caller.value,
        "x-example": example_call(query),
        **({} if metric is None else {"x-sql": sql_of(metric)}),
        **({"x-frames": frames()} if answer.media == "text/event-stream" else {}),
    }


def query_of(row: Route, metric: Metric | None) -> list[dict[str, Any]]:
    declared = row.parameters or ()
    if metric is not None:
        return list(of_metric(metric, declared))
    return [parameter(each) for each in declared]


def in_path(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": IN_PATH.get(name, (TEXT, ""))[0],
            "example": IN_PATH.get(name, (TEXT, ""))[1],
        }
        for name in PLACEHOLDER.findall(path)
    ]


def body_of(answer: Answer) -> dict[str, Any]:
    content = {answer.takes_media: {"schema": answer.takes}}
    return {"required": True, "content": content}


def success(row: Route, answer: Answer, schema: Schema) -> dict[str, Any]:
    content = {answer.media: {"schema": schema}}
    if answer.is_table:
        content |= {
            media: {"schema": TEXT} for media in MEDIA.values() if media not in content
        }
    return {"description": row.about, "content": content}


def failures(row: Route, answer: Answer) -> list[int]:
    """The statuses of the errors that a route can give."""
    found = {*ALWAYS, *answer.failures}
    if row.caller is not Caller.ANYONE:
        found |= {401, 403, 429}
    return sorted(found)


def security_of(caller: Caller) -> list[dict[str, list[str]]]:
    """None is an empty requirement: a key is looked at, and none is needed."""
    named: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
    return [{}, *named] if caller is Caller.ANYONE else named


def headers_alone(made: dict[str, Any]) -> dict[str, Any]:
    """HEAD: the same without a body."""
    responses = {
        status: {
            "description": response.get("description", HTTPStatus(int(status)).phrase)
        }
        for status, response in made["responses"].items()
    }
    kept = {name: made[name] for name in ("tags", "parameters", "security")}
    return {
        "operationId": made["operationId"].replace("get_", "head_", 1),
        "summary": "The headers of GET alone.",
        **kept,
        "responses": responses,
    }


def operation_id(method: str, path: str) -> str:
    words = "".join(x if x.isalnum() else "_" for x in path).strip("_")
    return f"{method.lower()}_{words or 'root'}".replace("__", "_")


def tag_of(path: str) -> str:
    return {"v1": "market", "session": "session", "udf": "charts"}.get(
        path.split("/")[1], "tasks" if "task" in path else "server"
    )


def frames() -> dict[str, list[dict[str, str]]]:
    """By the field `event` of a frame, what its data may be."""
    return {
        event: [{"$ref": f"#/components/schemas/{name}"} for name in names]
        for event, names in BY_EVENT.items()
    }
