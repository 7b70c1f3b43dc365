"""`pgstrike relay`: from the log of events into a stream of Redis."""

import os
import socket
import sys
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from pgstrike.api.events.hub import Hub
from pgstrike.api.events.listener import Listener
from pgstrike.api.events.log import EventLog
from pgstrike.api.relay.address import RedisSettings
from pgstrike.api.relay.relay import Relay
from pgstrike.api.relay.stream import require_redis
from pgstrike.api.settings import poll_seconds, probe_seconds
from pgstrike.api.sources import Told
from pgstrike.db.background import running
from pgstrike.db.listen import Channel
from pgstrike.db.pool import ask, open_pool
from pgstrike.db.session import EVERYTHING, OF_THE_API

POOL_SIZE = 2


class Pace(NamedTuple):
    """How often a relay looks whether it still hears, and whether it missed anything."""

    probe_seconds: float
    poll_seconds: float

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Pace":
        return cls(probe_seconds(environ), poll_seconds(environ))


async def relay(redis: RedisSettings, pace: Pace, dsn: str) -> None:
    """Until it is cancelled."""
    await require_redis(redis)
    async with open_pool(
        dsn, size=POOL_SIZE, application_name="pgstrike relay", settings=OF_THE_API
    ) as pool:
        log, hub = EventLog(pool), Hub()
        [told] = await ask(pool, "channel", {}, Told, reader=EVERYTHING)
        channel = Channel(
            dsn,
            told.channel,
            application_name="pgstrike api listener",
            probe_seconds=pace.probe_seconds,
        )
        listener = Listener(
            channel, log, hub, own_log=EventLog(channel), poll_seconds=pace.poll_seconds
        )
        name = f"{socket.gethostname()}:{os.getpid()}"
        made = Relay(
            name,
            hub,
            log,
            redis,
            beat_seconds=pace.probe_seconds,
            hears=channel.alive,
        )
        for word, called in listener.on_change.items():
            called.append(partial(made.note, word))
        async with (
            running(listener.run(), "listener"),
            running(announce(made), "announcement"),
        ):
            await made.run()


async def announce(relay: Relay) -> None:
    """Say that it runs, once the stream has what the log has."""
    await relay.agreed.wait()
    redis = relay.settings
    sys.stdout.write(f"pgstrike relay: {redis.address.name}, stream {redis.stream}\n")
    sys.stdout.flush()
