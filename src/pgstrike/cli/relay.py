"""`pgstrike relay`: events into Redis."""

import contextlib
import os
from functools import partial

import click

from pgstrike.cli.reach import built, database_settings, end_by_signals
from pgstrike.db.copies import refuse_standby


@click.command()
def relay() -> None:
    """Pass events on to a stream of Redis until stopped.

    Any number of relays may run at once; each event is in the stream once. Needs
    PGSTRIKE_REDIS_URL. `pgstrike serve --source redis` reads the stream.
    """
    import asyncio

    from pgstrike.api.relay.address import RedisSettings
    from pgstrike.api.relaying import Pace, relay
    from pgstrike.api.server.log_limit import start_logging
    from pgstrike.db.settings import LogSettings

    end_by_signals()
    start_logging(LogSettings.from_env(os.environ))
    redis, pace = RedisSettings.from_env(os.environ), Pace.from_env(os.environ)
    refuse = partial(refuse_standby, do="point PGSTRIKE_DSN at the primary")
    reached = built(database_settings(), refuse)
    with reached as dsn, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(relay(redis, pace, dsn))
