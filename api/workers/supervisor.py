"""`--workers N`: several processes on one port (SO_REUSEPORT), and one that listens for all.

A process that dies is started again; SIGHUP replaces one after the other, so that others serve
while its readers move; SIGINT and SIGTERM are handed on.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Sequence

from pgstrike.api.workers.ports import BACKLOG, cannot_listen
from pgstrike.api.workers.worker import Worker


def bind(host: str, port: int, count: int) -> list[socket.socket]:
    """Listening sockets that share an address; port 0 is any that is free."""
    with contextlib.ExitStack() as failed:
        try:
            # Another's sockets would share the port with ours; a plain one does not.
            with opened(host, port) as own:
                port = own.getsockname()[1]
            made = [opened(host, port, is_shared=True) for _ in range(count)]
        except OSError as error:
            raise cannot_listen(host, port, error) from error
        for own in made:
            failed.enter_context(own)
            own.listen(BACKLOG)
        failed.pop_all()
    return made


def opened(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    own = socket.socket(family, socket.SOCK_STREAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        own.bind((host, port))
    except OSError:
        own.close()
        raise
    return own


async def supervise(
    first: Sequence[Worker], workers: Sequence[Worker], ready: Callable[[str], None]
) -> None:
    """Run all until a signal ends them, and print the workers' address once they serve.

    Some are started first and ended last: the others need them.
    """
    stopping, rolling = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        if stopping.is_set():  # the second signal: they do not wait for their readers
            stop_all(workers)
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, rolling.set)
    running = asyncio.create_task(run(first, workers, ready, rolling))
    ended = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    finally:
        for task in (running, ended):
            task.cancel()
        await asyncio.gather(running, ended, return_exceptions=True)
        for group in (workers, first):
            stop_all(group)
            for worker in group:
                await worker.ended()


def stop_all(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.stop()


async def run(
    first: Sequence[Worker],
    workers: Sequence[Worker],
    ready: Callable[[str], None],
    rolling: asyncio.Event,
) -> None:
    for each in first:
        await each.start()
    addresses = await asyncio.gather(*(worker.start() for worker in workers))
    ready(addresses[0])
    async with asyncio.TaskGroup() as tasks:
        for each in (*first, *workers):
            tasks.create_task(each.keep())
        tasks.create_task(roll([*first, *workers], rolling))


async def roll(workers: Sequence[Worker], wanted: asyncio.Event) -> None:
    """Replace one process after the other, as often as that is wanted."""
    while True:
        await wanted.wait()
        wanted.clear()
        for worker in workers:
            await worker.replace()
