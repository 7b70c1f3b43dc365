"""Running something beside the rest, for as long as a context."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine


@contextlib.asynccontextmanager
async def running(
    forever: Coroutine[None, None, None], name: str
) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(forever, name=name)
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
