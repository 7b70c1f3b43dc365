"""api.access.keys: when the table of keys is read again, and which keys hold then."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from pgstrike.api.access import keys as module
from pgstrike.api.access.key_hash import hash_of
from pgstrike.api.access.keys import Key, Keys, Row, owners_key
from pgstrike.api.access.rights import Rights
from pgstrike.db.errors import DatabaseError
from pgstrike.db.pool import Databases
from pgstrike.db.session import EVERYTHING


class FakeSessions:
    """Holds the sessions that it is given."""

    def __init__(self) -> None:
        self.held: set[bytes] = set()
        self.ended = self.looks = 0

    def holds(self, id_hash: bytes) -> bool:
        return id_hash in self.held

    async def look(self) -> None:
        self.looks += 1


class Table:
    """job.api_key, and how often it was read."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.reads = 0
        self.is_away = False

    def add(self, name: str, **changes: Any) -> Row:
        row = Row(name, hash_of(f"sent by {name}"), None, None, False, None)
        self.rows.append(row._replace(**changes))
        return self.rows[-1]

    async def ask(self, *arguments: Any, reader: str) -> list[Row]:
        assert reader == EVERYTHING
        self.reads += 1
        if self.is_away:
            raise DatabaseError("the database is away")
        return [*self.rows]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    table = Table()
    monkeypatch.setattr(Databases, "ask", table.ask)
    return table


def make(owner: str | None = "owner's") -> tuple[Keys, FakeSessions]:
    sessions: Any = FakeSessions()
    own = None if owner is None else owners_key(owner)
    databases = Databases(Mock(), Mock())
    keys = Keys(databases, own, sessions, key_streams=7, hear=AsyncMock())
    return keys, sessions


async def test_key_has_the_rights_of_its_row(table: Table) -> None:
    table.add("some", symbols=["A"], topics=[], streams=3, is_admin=True)
    table.add("all")
    keys, _ = make()
    some, all = await keys.find("sent by some"), await keys.named("all")
    assert some is not None and all is not None
    assert some[2:5] == (Rights(frozenset("A"), frozenset()), True, 3)
    assert all[2:5] == (Rights(alerts_of="all"), False, 7)
    assert str(some) == "<the key some>"


async def test_table_is_read_again_for_an_unknown_key_but_not_each_time(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, _ = make()
    for _ in range(3):
        assert await keys.find("sent by new") is None
        assert await keys.named("new") is None
    assert table.reads == 1
    table.add("new")
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    assert await keys.find("sent by new") is not None
    assert table.reads == 2


async def test_key_is_known_once_it_was_heard_that_keys_changed(table: Table) -> None:
    keys, _ = make()
    assert await keys.find("sent by new") is None

    async def hear() -> None:
        table.add("new")
        keys.outdate()

    keys._hear = hear
    watching = asyncio.create_task(keys.watch(lambda: None))
    assert await keys.find("sent by new") is not None
    watching.cancel()


@pytest.mark.parametrize("owner", ["owner's", None])
async def test_key_of_the_settings_is_in_no_table(
    table: Table, owner: str | None
) -> None:
    keys, _ = make(owner)
    found = await keys.find("owner's")
    assert await keys.named(EVERYTHING) == found
    assert (found is None) is (owner is None)
    if found is not None:
        assert (found.name, found.is_admin, found.rights) == (
            EVERYTHING,
            True,
            Rights(reads_logs=True),
        )
        assert keys.in_force(found)


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"symbols": ["A"]}, False),
        ({"is_admin": True}, False),
        ({"key_hash": hash_of("another of that name")}, False),
        (None, False),
    ],
)
async def test_key_holds_while_its_row_is_what_it_was(
    table: Table, change: dict[str, Any] | None, holds: bool
) -> None:
    table.add("one")
    keys, _ = make()
    key = await keys.find("sent by one")
    assert key is not None and keys.in_force(key)
    before = keys.changes()
    row = table.rows.pop()
    if change is not None:
        table.rows.append(row._replace(**change))
    await keys.look()
    assert keys.in_force(key) is holds
    assert (keys.changes() == before) is holds


async def test_session_holds_as_long_as_it_and_its_key_do(table: Table) -> None:
    table.add("one")
    keys, sessions = make()
    key: Key | None = await keys.find("sent by one")
    assert key is not None
    signed_in = key._replace(session=b"a session")
    assert not keys.in_force(signed_in)
    sessions.held.add(b"a session")
    assert keys.in_force(signed_in)
    table.rows.clear()
    await keys.look()
    assert not keys.in_force(signed_in)


async def test_changed_keys_are_looked_at_at_once(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 3600)
    keys, _ = make()
    await keys.look()
    told = asyncio.Event()
    watching = asyncio.create_task(keys.watch(told.set))
    await asyncio.sleep(0)
    table.add("one")
    keys.outdate()
    assert keys.is_outdated
    async with asyncio.timeout(20):
        await told.wait()
    assert "one" in keys.by_name and not keys.is_outdated
    watching.cancel()


async def test_watching_says_what_changed_and_outlasts_an_outage(
    table: Table, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    turns: asyncio.Queue[None] = asyncio.Queue()
    waits = asyncio.Event()
    told: list[int] = []

    async def turn(keys: Keys) -> None:
        waits.set()
        await turns.get()

    async def look() -> list[int]:
        """Let it look once; what it has said by then."""
        await waits.wait()
        waits.clear()
        turns.put_nowait(None)
        await waits.wait()
        return told

    keys, sessions = make()
    key = table.add("one")
    await keys.look()
    monkeypatch.setattr(Keys, "_pause", turn)
    watching = asyncio.create_task(keys.watch(lambda: told.append(keys.changes())))
    async with asyncio.timeout(20):
        assert await look() == [] and sessions.looks == 1
        table.rows.clear()
        assert len(await look()) == 1
        table.is_away = True
        assert len(await look()) == 1 and "keys_unread" in caplog.text
        table.is_away = False
        table.rows.append(key)
        sessions.ended += 1
        assert len(await look()) == 2
        sessions.ended += 1
        assert len(await look()) == 3
        assert len(await look()) == 3
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
