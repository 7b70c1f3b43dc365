"""A server on loopback that misbehaves on purpose, one connection after the other."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer

RETRY = "retry: 10\n\n"


def event(id: int, epoch: str = "a") -> str:
    return f"id: {epoch}:{id}\nevent: chain\ndata: {id}\n\n"


class Misbehaving:
    """Answers the stream with each act in turn; stays silent after the last.

    An act is text to send before cutting, or a response.
    """

    def __init__(self, *acts: str | web.Response, stalls: bool = False) -> None:
        self.acts = list(acts)
        self.stalls = stalls  # between the acts, instead of cutting
        self.asked: list[str | None] = []  # the Last-Event-ID of each connection
        self.times: list[float] = []
        self.snapshots = 0
        self._end = asyncio.Event()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.headers.get("Last-Event-ID"))
        self.times.append(asyncio.get_running_loop().time())
        act = self.acts.pop(0) if self.acts else ""
        if isinstance(act, web.Response):
            return act
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(act.encode())
        if self.stalls or not self.acts:
            await self._end.wait()
        elif request.transport is not None:
            request.transport.close()
        return response

    async def snapshot(self, request: web.Request) -> web.Response:
        self.snapshots += 1
        return web.Response(text=json.dumps({"event": f"b:{self.snapshots * 100}"}))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_get("/fo/stream", self.stream)
        app.router.add_get("/snapshot", self.snapshot)
        server = TestServer(app)
        await server.start_server()
        try:
            yield str(server.make_url("/")).rstrip("/")
        finally:
            self._end.set()
            await server.close()
