"""A pool that knows whether its server is away.

psycopg's pool says only that no connection became free in time, also where there is no server.
"""

from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from pgstrike.db.causes import CONNECTIONS, STARTING, cause_of
from pgstrike.db.session import Session

AWAY_SECONDS = 0.2  # for a connection, while the server is known to be away


class ServerPool(AsyncConnectionPool[Session]):
    """Says why it has no connection; at once, while its server is known to be away.

    A request then still has it try to connect, so that a server that is back is noticed.
    """

    def __init__(self, conninfo: str, **form: Any) -> None:
        self._failure: psycopg.Error | None = None  # since the last connection
        self._is_away = False
        super().__init__(
            conninfo,
            connection_class=noting(self),
            reconnect_failed=self.gave_up,
            **form,
        )

    async def getconn(self, timeout: float | None = None) -> Session:  # noqa: ASYNC109
        try:
            found = await super().getconn(AWAY_SECONDS if self._is_away else timeout)
        except PoolTimeout:
            if self._failure is None:
                raise
            raise self._failure.with_traceback(None) from None
        self.reached()  # the pool has checked it
        return found

    def failed(self, error: psycopg.Error) -> None:
        self._failure = error

    def reached(self) -> None:
        self._failure, self._is_away = None, False

    def gave_up(self, _: object) -> None:
        """Called by psycopg. A server that starts again, or is full, is waited for."""
        failure = self._failure
        if failure is not None and cause_of(failure) not in (STARTING, CONNECTIONS):
            self._is_away = True


def noting(pool: ServerPool) -> type[Session]:
    """Connections whose making tells the pool how it went."""

    class Noted(Session):
        @classmethod
        async def connect(cls, *arguments: Any, **words: Any) -> Any:
            try:
                made = await super().connect(*arguments, **words)
            except psycopg.Error as error:
                pool.failed(error)
                raise
            pool.reached()
            return made

    return Noted
