"""api/access/sessions.py and cookie.py, without a database: sessions end by themselves."""

from unittest.mock import AsyncMock, Mock

import pytest

from pgstrike.api.access.cookie import Cookies, hash_of_id, new_id
from pgstrike.api.access.keys import Key
from pgstrike.api.access.rights import Rights
from pgstrike.api.access.sessions import Row, Sessions, held
from pgstrike.api.settings import ApiSettings


async def test_session_ends_in_time_also_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sessions, session_id, now = Sessions(Mock(), Cookies("x")), new_id(), 5000.0
    monkeypatch.setattr("pgstrike.api.access.sessions.monotonic", lambda: now)
    row = Row(hash_of_id(session_id), "a", b"", "later", 60.0, 30.0)
    sessions.by_hash = {row.id_hash: held(row, now)}
    found = await sessions.find(session_id)
    assert found is not None and found.seconds_left() == 60 and not found.is_due()
    now += 30
    assert found.is_due() and sessions.holds(row.id_hash)
    now += 30
    assert not sessions.holds(row.id_hash)
    assert await sessions.find(session_id) is None


def test_cookie_is_of_one_secret() -> None:
    session_id = new_id()
    value = Cookies("one").value(session_id)
    assert Cookies("one").session_id(value) == session_id
    assert Cookies("two").session_id(value) is None
    assert Cookies("one").session_id(session_id) is None


def test_what_is_secret_is_in_no_text() -> None:
    """Of what may end in a log."""
    key = Key("a", b"its hash", Rights(), is_admin=False, streams=None)
    environ = {"PGSTRIKE_API_KEY": "its-key", "PGSTRIKE_DSN": "password=its-password"}
    settings = ApiSettings.from_env(environ, insecure=False)
    texts = f"{key!r} {key} {settings!r} {settings} {settings.database!r}"
    assert "its" not in texts.replace("settings", "")


async def test_sessions_that_ended_are_counted_by_looks() -> None:
    rows: list[Row] = []
    databases = Mock(ask=AsyncMock(side_effect=lambda *_, **__: rows))
    sessions = Sessions(databases, Cookies("x"))
    for ids, ended in (
        ("ab", 0),
        ("abc", 0),
        ("abc", 0),
        ("ac", 1),
        ("ac", 1),
        ("d", 2),
    ):
        rows[:] = [Row(id.encode(), "a", b"", "later", 60.0, 30.0) for id in ids]
        await sessions.look()
        assert sessions.ended == ended, ids
        assert set(sessions.by_hash) == {id.encode() for id in ids}
