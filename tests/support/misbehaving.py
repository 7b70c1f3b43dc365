"""A server on loopback that misbehaves on purpose, one connection after the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Literal, NamedTuple, TypeAlias

from aiohttp import web
from aiohttp.test_utils import TestServer

from pgstrike_client.connection import PREFIX

HEARTBEAT = b": heartbeat\n\n"
BEAT_SECONDS = 0.05
PIECE = b"x" * 65_536


class Send(NamedTuple):
    """The text of a stream, and the action after it."""

    text: str
    then: Literal["cut", "stay silent", "beat"] = "cut"
    headers: Mapping[str, str] = {}


class Flood(NamedTuple):
    """A line of a stream that never ends, until the client goes."""

    begin: str


class Reply(NamedTuple):
    """A whole response."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = {}


Act: TypeAlias = Send | Flood | Reply
SILENCE = Send("", "stay silent")


class Asked(NamedTuple):
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    time: float


def event(id: int, epoch: str = "a") -> str:
    return f"id: {epoch}:{id}\nevent: chain\ndata: {id}\n\n"


def answer(id: str) -> Reply:
    """A metric without rows."""
    body = {"event": id, "version": 1, "clock": None, "columns": [], "rows": []}
    return Reply(200, json.dumps(body), {"Content-Type": "application/json"})


class Misbehaving:
    """Answers each stream with the next act, and stays silent after the last.

    Metrics are answered in turn as well, and then with ids b:100, b:200 ...
    """

    def __init__(self, acts: Sequence[Act], metrics: Sequence[Reply] = ()) -> None:
        self.acts = list(acts)
        self.metrics = list(metrics)
        self.streams: list[Asked] = []
        self.others: list[Asked] = []
        self.open = self.most_open = 0  # streams at once
        self.asked = asyncio.Event()  # once there was a stream
        self.gone = asyncio.Event()  # once a client has left
        self._end = asyncio.Event()

    @property
    def resumed_from(self) -> list[str | None]:
        return [asked.headers.get("Last-Event-ID") for asked in self.streams]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.streams.append(asked(request))
        self.asked.set()
        act = self.acts.pop(0) if self.acts else SILENCE
        if isinstance(act, Reply):
            return response(act)
        made = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        if isinstance(act, Send):
            made.headers.update(act.headers)
        await made.prepare(request)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self._play(act, made, request)
        except (asyncio.CancelledError, ConnectionError):
            self.gone.set()
            raise
        finally:
            self.open -= 1
        return made

    async def _play(
        self, act: Send | Flood, made: web.StreamResponse, request: web.Request
    ) -> None:
        if isinstance(act, Flood):
            await made.write(act.begin.encode())
            while True:
                await made.write(PIECE)
        await made.write(act.text.encode())
        if act.then == "cut":
            assert request.transport is not None
            request.transport.close()
        while act.then == "beat":
            await asyncio.sleep(BEAT_SECONDS)
            await made.write(HEARTBEAT)
        if act.then == "stay silent":
            await self._end.wait()

    async def metric(self, request: web.Request) -> web.Response:
        self.others.append(asked(request))
        if self.metrics:
            return response(self.metrics.pop(0))
        return response(answer(f"b:{len(self.others) * 100}"))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_get(f"{PREFIX}/stream", self.stream)
        app.router.add_route("*", "/{path:.*}", self.metric)
        server = TestServer(app)
        await server.start_server()
        try:
            yield str(server.make_url("/")).rstrip("/")
        finally:
            self._end.set()
            await server.close()


def asked(request: web.Request) -> Asked:
    now = asyncio.get_running_loop().time()
    return Asked(request.raw_path, request.headers, now)


def response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, text=reply.text, headers=reply.headers)
