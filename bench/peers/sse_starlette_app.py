"""uvicorn and sse-starlette: a queue for each client, filled by one task.

python sse_starlette_app.py PORT BYTES MILLISECONDS
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator

import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

PORT, BYTES, MILLISECONDS = map(int, sys.argv[1:])
queues: set[asyncio.Queue[str]] = set()


async def broadcast() -> None:
    pad = "x" * (BYTES - 44)
    while True:
        await asyncio.sleep(MILLISECONDS / 1000)
        data = f'{{"sent":{time.time_ns()},"pad":"{pad}"}}'
        for queue in queues:
            queue.put_nowait(data)


async def events() -> AsyncIterator[ServerSentEvent]:
    queue: asyncio.Queue[str] = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            yield ServerSentEvent(await queue.get(), sep="\n")
    finally:
        queues.discard(queue)


async def stream(request: Request) -> EventSourceResponse:
    return EventSourceResponse(events(), sep="\n")


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(broadcast())
    yield
    task.cancel()


app = Starlette(routes=[Route("/{path:path}", stream)], lifespan=lifespan)
uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error")
