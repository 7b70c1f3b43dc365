"""Who is signed in: job.session, read as often as the keys.

A session is a browser's. It ends everywhere: when it is signed out, when its key does, 12 hours
after it was last used, and 30 days after it was signed in.
"""

from time import monotonic
from typing import NamedTuple

from pgstrike.api.access.cookie import Cookies, digest_of_key, hash_of_id, new_id
from pgstrike.api.access.looks import Looks
from pgstrike.db.pool import Databases, change


class Row(NamedTuple):
    """A row of sql/queries/sessions.sql."""

    id_hash: bytes
    key_name: str
    key_digest: bytes
    held_until: str
    seconds_left: float
    seconds_to_renewal: float


class Session(NamedTuple):
    """A session; the times are those of time.monotonic()."""

    id_hash: bytes
    key_name: str
    key_digest: bytes
    held_until: str
    ends: float
    renews: float

    def seconds_left(self) -> float:
        return self.ends - monotonic()

    def is_due(self) -> bool:
        """Whether it is to be renewed when it is used."""
        return monotonic() >= self.renews

    def is_of(self, session_id: str, key_hash: bytes) -> bool:
        """Whether it was signed in with that very key."""
        return self.key_digest == digest_of_key(session_id, key_hash)


class Sessions:
    """The sessions that hold, as of the last look."""

    def __init__(self, databases: Databases, cookies: Cookies) -> None:
        self.databases = databases
        self.cookies = cookies
        self.by_hash: dict[bytes, Session] = {}
        self.ended = 0  # how often a look found that some had
        self.looks = Looks(self._read)

    async def look(self) -> None:
        await self.looks.look()

    async def _read(self) -> None:
        now = monotonic()
        rows = await self.databases.ask("sessions", {}, Row, reader=None)
        before = self.by_hash
        self.by_hash = {bytes(row.id_hash): held(row, now) for row in rows}
        self.ended += not before.keys() <= self.by_hash.keys()

    def holds(self, id_hash: bytes) -> bool:
        session = self.by_hash.get(id_hash)
        return session is not None and session.seconds_left() > 0

    async def find(self, session_id: str) -> Session | None:
        """The session of an id, also one that another process has signed in just now."""
        id_hash = hash_of_id(session_id)
        if id_hash not in self.by_hash:
            await self.looks.look_after_miss()
        return self.by_hash[id_hash] if self.holds(id_hash) else None

    async def sign_in(self, key_name: str, key_hash: bytes) -> tuple[str, Session]:
        """A new session of a key, and its cookie."""
        session_id = new_id()
        id_hash = hash_of_id(session_id)
        values = {
            "id_hash": id_hash,
            "key_name": key_name,
            "key_digest": digest_of_key(session_id, key_hash),
        }
        await change(self.databases.primary, "sign_in", values)
        await self.look()
        return self.cookies.value(session_id), self.by_hash[id_hash]

    async def renew(self, session: Session) -> Session:
        """Extend a session by 12 hours, but not past its 30 days."""
        values = {"id_hash": session.id_hash}
        await change(self.databases.primary, "renew_session", values)
        await self.look()
        return self.by_hash.get(session.id_hash, session)

    async def sign_out(self, session_id: str) -> None:
        values = {"id_hash": hash_of_id(session_id)}
        await change(self.databases.primary, "sign_out", values)
        await self.look()


def held(row: Row, now: float) -> Session:
    return Session(
        bytes(row.id_hash),
        row.key_name,
        bytes(row.key_digest),
        row.held_until,
        now + row.seconds_left,
        now + row.seconds_to_renewal,
    )
