"""What both Redis feeds share: the connection, and its errors in our words."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import TYPE_CHECKING

from pgstrike.db.errors import FeedError, one_line
from pgstrike.jobs.live.ending import ending
from pgstrike.jobs.live.plugin import Asked, Frame, RefusedError, Wire

if TYPE_CHECKING:
    from redis.asyncio import Redis

SECRET = "REDIS_URL"
ANSWER_SECONDS = 10.0


@contextlib.asynccontextmanager
async def connected(asked: Asked) -> AsyncIterator["Redis"]:
    """A connection to the server that REDIS_URL names, whose texts are bytes."""
    try:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ImportError:
        raise FeedError(
            "feeds of Redis need a package; run `pip install 'pgstrike[feeds]'`"
        ) from None
    try:
        client: Redis = Redis.from_url(
            asked.secret(SECRET),
            socket_connect_timeout=ANSWER_SECONDS,
            socket_keepalive=True,
            # A lost connection is ours to tell, and to make again.
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise FeedError(
            f"{SECRET} is no address of a Redis server; set it to one such as "
            "redis://127.0.0.1:6379/0"
        ) from None
    with redis_errors():
        async with client:
            yield client


@contextlib.asynccontextmanager
async def through(
    wire: Wire, name: str, blocks: AsyncGenerator[bytes]
) -> AsyncIterator[AsyncIterator[Frame]]:
    """The frames of a source, which is closed with the context."""
    async with (
        contextlib.aclosing(blocks),
        ending(wire.through(name, blocks)) as frames,
    ):
        yield frames


@contextlib.contextmanager
def redis_errors() -> Iterator[None]:
    """Errors of the driver as ours; they name no address and no password."""
    from redis import exceptions

    try:
        yield
    except (
        exceptions.AuthenticationError,
        exceptions.AuthorizationError,
        exceptions.NoPermissionError,
    ) as error:
        raise RefusedError(
            f"Redis refuses the user or the password in {SECRET} ({one_line(error)}); "
            "mend it there"
        ) from None
    except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
        raise ConnectionError(
            f"Redis cannot be reached ({type(error).__name__}); look at the server and at "
            f"{SECRET}"
        ) from None
    except exceptions.RedisError as error:
        raise FeedError(f"Redis refused: {one_line(error)}; look at its log") from None
