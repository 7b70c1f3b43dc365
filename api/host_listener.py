"""The process `python -m pgstrike.api.host_listener SERVER DOOR PAGE ...`: only it listens.

The supervisor of `--workers` starts it, and starts it again. SERVER is `home` or the name of a
shard. DOOR and PAGE are descriptors that it inherits, of each server: where workers ask for its
events, and the memory that they look at.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pgstrike.api.events.shared.channel import SharedChannel
from pgstrike.api.events.shared.page import Page
from pgstrike.api.server.log_limit import start_logging
from pgstrike.api.settings import probe_seconds
from pgstrike.db.background import running
from pgstrike.db.backoff import backoff
from pgstrike.db.connection import connect, describe
from pgstrike.db.errors import DatabaseError, SettingError, database_errors
from pgstrike.db.queries import query
from pgstrike.db.settings import LogSettings
from pgstrike.db.shards import HOME, shards
from pgstrike.db.signals import end_with_input

BEAT_SECONDS = 1.0
LEAVE_SECONDS = 5.0  # for workers to join the next one


class Heard(NamedTuple):
    """A server to listen to."""

    dsn: str
    door: socket.socket
    page: int


def main(arguments: Sequence[str]) -> None:
    start_logging(LogSettings.from_env(os.environ))
    end_with_input()
    with contextlib.ExitStack() as stack, contextlib.suppress(asyncio.CancelledError):
        try:
            given = heard_of(arguments, dsns(os.environ), stack)
        except SettingError as error:  # the file of shards is another one by now
            sys.exit(f"pgstrike: {error}")
        asyncio.run(listen_to_all(given))


def dsns(environ: Mapping[str, str]) -> dict[str, str]:
    others = {shard.name: shard.dsn for shard in shards(environ)}
    return {HOME: environ["PGSTRIKE_DSN"], **others}


def heard_of(
    arguments: Sequence[str], dsn_of: Mapping[str, str], stack: contextlib.ExitStack
) -> dict[str, Heard]:
    """The servers by name. One that is not in the file any more is not listened to."""
    found = {}
    for name, *descriptors in zip(*[iter(arguments)] * 3, strict=True):
        door, page = map(int, descriptors)
        own = stack.enter_context(socket.socket(fileno=door))
        if name in dsn_of:
            found[name] = Heard(dsn_of[name], own, page)
    return found


async def listen_to_all(heard: Mapping[str, Heard]) -> None:
    """Until a signal, and then until the workers have joined another process.

    Say on standard output when home is listened to: a shard may be away for long.
    """
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    if HOME not in heard:
        say_ready()
    async with running(beat([Page(each.page) for each in heard.values()]), "beat"):
        await asyncio.gather(
            *(
                listen(each, say_ready if name == HOME else lambda: None)
                for name, each in heard.items()
            )
        )


def say_ready() -> None:
    sys.stdout.write("pgstrike host listener: ready\n")
    sys.stdout.flush()


async def listen(heard: Heard, ready: Callable[[], None]) -> None:
    channel = SharedChannel(
        heard.dsn,
        await channel_of(heard.dsn),
        probe_seconds=probe_seconds(os.environ),
        door=heard.door,
        page=heard.page,
    )
    async with running(drive(channel, ready), "channel") as driving:
        try:
            await asyncio.shield(driving)
        except asyncio.CancelledError:
            await leave(channel)


async def drive(channel: SharedChannel, ready: Callable[[], None]) -> None:
    """Listen, and send notifications to the workers. `ready` is called once it listens."""
    async with contextlib.aclosing(channel.signals()) as signals:
        await anext(signals)
        ready()
        async for _ in signals:
            pass


async def leave(channel: SharedChannel) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LEAVE_SECONDS):
            await channel.leave()


async def channel_of(dsn: str) -> str:
    """Where events are notified, however long the database is away."""
    for delay in backoff():
        with contextlib.suppress(DatabaseError):
            return await asyncio.to_thread(read_channel, dsn)
        await asyncio.sleep(delay)
    raise AssertionError  # there is always another delay


def read_channel(dsn: str) -> str:
    with database_errors(describe(dsn)), connect(dsn, "api") as connection:
        row = connection.execute(query("channel")).fetchone()
        assert row is not None
        return str(row[0])


async def beat(pages: Sequence[Page]) -> None:
    while True:
        for page in pages:
            page.beat()
        await asyncio.sleep(BEAT_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1:])
