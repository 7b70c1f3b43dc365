"""Several sockets as one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from pgstrike.jobs.live.plugin import Frame, Socket

QUEUED = 16  # frames; then the sockets wait, and TCP holds the source back


async def frames_of(sockets: Sequence[Socket]) -> AsyncIterator[Frame]:
    """The frames of all, as they come, until one of them ends; its error is raised."""
    if len(sockets) == 1:
        async for frame in sockets[0]:
            yield frame
        return
    queue: asyncio.Queue[Frame | Exception | None] = asyncio.Queue(QUEUED)
    readers = [asyncio.create_task(read(socket, queue)) for socket in sockets]
    try:
        while isinstance(came := await queue.get(), Frame):
            yield came
        if came is not None:
            raise came
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def read(
    socket: Socket, queue: "asyncio.Queue[Frame | Exception | None]"
) -> None:
    """Put its frames into the queue, then its error, or None at its end."""
    try:
        async for frame in socket:
            await queue.put(frame)
    except Exception as error:
        await queue.put(error)
    else:
        await queue.put(None)
