"""Tasks: asking for one, watching it, cancelling it. `pgstrike run` does the work."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from pgstrike.api.errors import ApiError, bad_request
from pgstrike.api.http.answers.tasks import TASK_STATES
from pgstrike.api.http.app_keys import PRIMARY
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.route import SENT
from pgstrike.api.http.sent_body import read_body
from pgstrike.api.http.shards.servers import refuse_elsewhere
from pgstrike.api.language import number_kind
from pgstrike.api.parameters import TEXT, Defaulted, Kind, Optional
from pgstrike.db.errors import RefusedError
from pgstrike.db.pool import Pool, ask, change_for
from pgstrike.db.task_arguments import ArgumentError, check_arguments

MOST = 1000  # in one listing
MEMBERS = ("kind", "arguments", "idempotency_key")
UNKNOWN = "unknown_task"
IDEMPOTENCY_KEY = "Idempotency-Key"


def read_state(text: str) -> str:
    if text not in TASK_STATES:
        raise ValueError
    return text


STATE = Optional(
    "state",
    Kind(
        f"one of {', '.join(TASK_STATES)}",
        "bad_state",
        read_state,
        {"enum": [*TASK_STATES]},
    ),
    "running",
    "Only tasks in that state.",
)
KIND = Optional("kind", TEXT, "export", "Only tasks of that kind.")
LIMIT = Defaulted(
    "limit",
    number_kind("bad_limit", 1, MOST),
    "100",
    "How many, the newest first.",
    100,
)
LISTED = (STATE, KIND, LIMIT)


ANY_TASK: Mapping[str, Any] = {
    "id": None,
    "state": None,
    "kind": None,
    "limit": LIMIT.default,
}
NOT_KEPT: Mapping[str, str] = {hdrs.CACHE_CONTROL: "no-store"}


class Listing(NamedTuple):
    """A task as JSON."""

    body: bytes


class Id(NamedTuple):
    id: int


class State(NamedTuple):
    state: str


class TaskKind(NamedTuple):
    """A kind of task, with the JSON Schema of its arguments."""

    name: str
    about: str
    schema: str
    is_for_readers: bool


async def ask_for_task(request: web.Request) -> web.Response:
    """Note a task for `pgstrike run`, and answer with its id at once."""
    wanted = await body_of(request)
    kinds = await kinds_of(request)
    check_task(wanted, {kind.name: kind for kind in kinds})
    if symbol := wanted.get("arguments", {}).get("symbol"):
        refuse_elsewhere(request, [symbol], "task ask", "arguments.symbol")
    key = wanted.get("idempotency_key") or request.headers.get(IDEMPOTENCY_KEY)
    return await ask_and_answer(
        request, wanted["kind"], wanted.get("arguments", {}), key
    )


async def ask_and_answer(
    request: web.Request,
    kind: str,
    arguments: Mapping[str, Any],
    idempotency_key: str | None = None,
) -> web.Response:
    asked = {
        "kind": kind,
        "arguments": json.dumps(arguments),
        "idempotency_key": idempotency_key,
    }
    pool, reader = request.app[PRIMARY], key_of(request).name
    [task] = await change_for(pool, "ask_task", asked, Id, reader=reader)
    headers: dict[str, str] = {hdrs.LOCATION: f"/api/tasks/{task.id}"}
    return await answer(request, task.id, status=202, headers=headers)


async def body_of(request: web.Request) -> Mapping[str, Any]:
    """The JSON object that was sent. No form of another origin can send that type."""
    if request.content_type != "application/json":
        raise ApiError(
            415,
            "json_wanted",
            "The body is not of type application/json; send JSON, with that Content-Type.",
        )
    try:
        body = json.loads(await read_body(request))
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise bad_request(
            "bad_body",
            "The body is no JSON object; send one, with a member for each field.",
        )
    return body


def check_task(wanted: Mapping[str, Any], kinds: Mapping[str, TaskKind]) -> None:
    """Refuse what cannot be a task, by the field that is wrong."""
    for name in wanted:
        if name not in MEMBERS:
            raise unusable(
                "unknown_field", name, f"is unknown; send {', '.join(MEMBERS)}"
            )
    sent_key = wanted.get("idempotency_key")
    if sent_key is not None and not (isinstance(sent_key, str) and sent_key):
        raise unusable("bad_field", "idempotency_key", "is no text; send a random one")
    sent = wanted.get("kind")
    kind = kinds.get(sent) if isinstance(sent, str) else None
    if kind is None:
        some = ", ".join(kinds) or "none yet: start `pgstrike run`"
        raise unusable("unknown_kind", "kind", f"is no kind of task; there is {some}")
    try:
        check_arguments(json.loads(kind.schema), wanted.get("arguments", {}))
    except ArgumentError as error:
        raise ApiError(422, "bad_argument", f"{error}.", field=error.field) from None


def unusable(code: str, field: str, says: str) -> ApiError:
    return ApiError(422, code, f"{field} {says}.", field=field)


async def kinds_of(request: web.Request) -> list[TaskKind]:
    reader = key_of(request).name
    return await ask(request.app[PRIMARY], "task_kinds", {}, TaskKind, reader=reader)


async def list_kinds(request: web.Request) -> web.Response:
    """What can be asked for, with which arguments, and who may."""
    found = [
        {
            "kind": kind.name,
            "about": kind.about,
            "is_for_readers": kind.is_for_readers,
            "schema": json.loads(kind.schema),
        }
        for kind in await kinds_of(request)
    ]
    return web.json_response({"kinds": found}, headers=NOT_KEPT)


async def list_tasks(request: web.Request) -> web.Response:
    sent = request[SENT]
    wanted = {
        **ANY_TASK,
        "state": sent[STATE],
        "kind": sent[KIND],
        "limit": sent[LIMIT],
    }
    body = await newest_tasks(request.app[PRIMARY], key_of(request).name, wanted)
    return web.Response(body=body, content_type="application/json", headers=NOT_KEPT)


async def newest_tasks(
    pool: Pool, reader: str, wanted: Mapping[str, Any] = ANY_TASK
) -> bytes:
    found = await ask(pool, "tasks", wanted, Listing, reader=reader)
    return b'{"tasks":[' + b",".join(task.body for task in found) + b"]}"


async def show_task(request: web.Request) -> web.Response:
    return await answer(request, id_of(request))


async def cancel_task(request: web.Request) -> web.Response:
    """Cancel it. One that has ended already stays as it is: 409, unless it was cancelled."""
    id, pool, reader = id_of(request), request.app[PRIMARY], key_of(request).name
    try:
        [task] = await change_for(pool, "cancel_task", {"id": id}, State, reader=reader)
    except RefusedError as error:
        raise (unknown(id) if error.code == UNKNOWN else error) from None
    if task.state != "cancelled":
        raise ApiError(409, "task_ended", f"Task {id} is {task.state} already.")
    return await answer(request, id)


def id_of(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise unknown(text[:20])
    return int(text)


def unknown(id: int | str) -> ApiError:
    return ApiError(
        404,
        UNKNOWN,
        f"There is no task {id} of yours; tasks are kept for 24 hours after their end.",
    )


async def answer(
    request: web.Request,
    id: int,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    wanted = {"id": id, "state": None, "kind": None, "limit": 1}
    found = await ask(
        request.app[PRIMARY], "tasks", wanted, Listing, reader=key_of(request).name
    )
    if not found:
        raise unknown(id)
    return web.Response(
        status=status,
        body=found[0].body,
        content_type="application/json",
        headers={**NOT_KEPT, **(headers or {})},
    )
