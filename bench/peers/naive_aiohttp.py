"""aiohttp as one would write it first: a queue for each client, and `await write`.

python naive_aiohttp.py PORT BYTES MILLISECONDS
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator

from aiohttp import web

PORT, BYTES, MILLISECONDS = map(int, sys.argv[1:])
queues: set[asyncio.Queue[str]] = set()


async def broadcast() -> None:
    pad = "x" * (BYTES - 44)
    while True:
        await asyncio.sleep(MILLISECONDS / 1000)
        data = f'{{"sent":{time.time_ns()},"pad":"{pad}"}}'
        for queue in queues:
            queue.put_nowait(data)


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    queue: asyncio.Queue[str] = asyncio.Queue()
    queues.add(queue)
    try:
        while True:
            await response.write(f"data: {await queue.get()}\n\n".encode())
    finally:
        queues.discard(queue)


async def broadcasting(app: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(broadcast())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


app = web.Application()
app.router.add_get("/{path:.*}", stream)
app.cleanup_ctx.append(broadcasting)
web.run_app(app, host="127.0.0.1", port=PORT, access_log=None, print=None)
