"""Which keys are in force, with which rights: job.api_key, read when it changes.

It is read every few seconds besides.

A key is known by its hash alone. When a key is revoked or its rights change, its streams end;
their readers reconnect and are checked again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from pgstrike.api.access.key_hash import hash_of
from pgstrike.api.access.looks import PAUSE_SECONDS, Looks
from pgstrike.api.access.rights import OPS, Rights
from pgstrike.api.access.sessions import Sessions
from pgstrike.db.errors import DatabaseError, one_line
from pgstrike.db.pool import Databases, change_for
from pgstrike.db.session import EVERYTHING
from pgstrike.db.sign_in_code import hash_of_code

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0  # between two looks: a revoked key is noticed within them
SETTLE_SECONDS = 0.5  # that a request waits for a look at changed keys


class Key(NamedTuple):
    """A key in force; the name is what SQL knows its holder by."""

    name: str
    key_hash: bytes
    rights: Rights
    is_admin: bool
    streams: int | None  # at once; None: no cap of its own
    session: bytes | None = None  # the hash of its id, for who came with a cookie

    def __repr__(self) -> str:
        return f"<the key {self.name}>"  # its hash is for no log


class Named(NamedTuple):
    """A row of sql/queries/use_sign_in_code.sql."""

    key_name: str


class Row(NamedTuple):
    """A row of sql/queries/api_keys.sql."""

    name: str
    key_hash: bytes
    symbols: list[str] | None
    topics: list[str] | None
    is_admin: bool
    streams: int | None


def owners_key(key: str) -> Key:
    """The key of the settings; it may read everything."""
    rights = Rights(reads_logs=True)
    return Key(EVERYTHING, hash_of(key), rights, is_admin=True, streams=None)


class Keys:
    """The keys in force, as of the last look, and the sessions signed in with them."""

    def __init__(
        self,
        databases: Databases,
        owners: Key | None,
        sessions: Sessions,
        *,
        key_streams: int,
        hear: Callable[[], Awaitable[object]],
    ) -> None:
        self.databases = databases
        self.owners = owners
        self.sessions = sessions
        self.key_streams = key_streams
        self._hear = hear  # have what has arrived, such as that keys changed
        self.by_name: dict[str, Key] = {}
        self.by_hash: dict[bytes, Key] = {}
        self._outdated = asyncio.Event()  # some changed since the last look began
        self._settled = asyncio.Event()  # and none since it ended
        self._settled.set()
        self.looks = Looks(self._read)
        self._changes = 0

    @property
    def is_outdated(self) -> bool:
        """Whether some may have changed since they were read."""
        return not self._settled.is_set()

    def outdate(self) -> None:
        """Some may have changed: look at once."""
        self._settled.clear()
        self._outdated.set()

    async def settle(self) -> bool:
        """Wait a moment for the look at changed keys. Returns whether it has been."""
        if self.is_outdated:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_SECONDS):
                    await self._settled.wait()
        return not self.is_outdated

    async def look(self) -> None:
        await self.looks.look()

    async def _read(self) -> None:
        self._outdated.clear()
        rows = await self.databases.ask("api_keys", {}, Row, reader=EVERYTHING)
        before, self.by_name = self.by_name, {row.name: self._key(row) for row in rows}
        known = [*self.by_name.values(), *([self.owners] if self.owners else [])]
        self.by_hash = {key.key_hash: key for key in known}
        if not self._outdated.is_set():
            self._settled.set()
        self._changes += before != self.by_name

    async def watch(self, changed: Callable[[], None]) -> None:
        """Look every few seconds, until cancelled; say when some are not what they were."""
        told = self.changes()
        while True:
            await self._pause()
            try:
                await self.look()
                await self.sessions.look()
            except DatabaseError as error:
                # Known keys stay in force: readers go on while the database is away.
                logger.warning("keys_unread cause=%s", one_line(error))
            if told != (told := self.changes()):
                changed()

    async def _pause(self) -> None:
        """Wait for the next look, which is due in a while, or at once where keys changed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._outdated.wait()

    def changes(self) -> int:
        """How often keys changed, or sessions ended."""
        return self._changes + self.sessions.ended

    def in_force(self, key: Key) -> bool:
        """Whether a key and its session are still valid, with the rights that they had."""
        if key.session is not None and not self.sessions.holds(key.session):
            return False
        own = key._replace(session=None)
        return key.name == EVERYTHING or self.by_name.get(key.name) == own

    async def find(self, sent: str) -> Key | None:
        """The key that was sent, also one that was made a moment ago."""
        key_hash = hash_of(sent)
        if key_hash not in self.by_hash:
            await self._look_again()
        return self.by_hash.get(key_hash)

    async def of_code(self, code: str) -> Key | None:
        """The key of a sign-in code, which holds no longer then."""
        values = {"code_hash": hash_of_code(code)}
        rows = await change_for(
            self.databases.primary,
            "use_sign_in_code",
            values,
            Named,
            reader=EVERYTHING,
        )
        return await self.named(rows[0].key_name) if rows else None

    async def named(self, name: str) -> Key | None:
        """The key of a name, also one that was made a moment ago."""
        if name == EVERYTHING:
            return self.owners
        if name not in self.by_name:
            await self._look_again()
        return self.by_name.get(name)

    async def _look_again(self) -> None:
        """Look at keys that changed; at others too, but not each time: anybody can ask."""
        await self._hear()
        await self.settle()
        if self.looks.age_seconds() > PAUSE_SECONDS:
            await self.look()

    def _key(self, row: Row) -> Key:
        return Key(
            row.name,
            bytes(row.key_hash),
            Rights(
                frozen(row.symbols),
                frozen(row.topics),
                alerts_of=None if row.is_admin else row.name,
                reads_logs=row.symbols is None
                and (row.is_admin or OPS in (row.topics or ())),
            ),
            row.is_admin,
            self.key_streams if row.streams is None else row.streams,
        )


def frozen(words: list[str] | None) -> frozenset[str] | None:
    return None if words is None else frozenset(words)
