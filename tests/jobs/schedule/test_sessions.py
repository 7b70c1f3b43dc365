"""Sessions that jobs keep: which one a turn gets."""

import contextlib
from collections.abc import Iterator

import psycopg
import pytest

from pgstrike.jobs.schedule import sessions as module
from pgstrike.jobs.schedule.sessions import Sessions
from tests.support.scheduled import wait_for

pytestmark = pytest.mark.one_engine

OPEN = "SELECT FROM pg_stat_activity WHERE pid = ANY(%s)"


def pid(sessions: Sessions, name: str = "often") -> int:
    with sessions.of(name) as connection:
        return connection.info.backend_pid


@pytest.fixture
def sessions(dsn: str) -> Iterator[Sessions]:
    with contextlib.closing(Sessions(dsn)) as found:
        yield found


def test_turns_get_the_session_of_their_name(
    sessions: Sessions, connection: psycopg.Connection
) -> None:
    first, other = pid(sessions), pid(sessions, "another")
    assert pid(sessions) == first != other == pid(sessions, "another")
    sessions.close()
    # The server may not have noticed yet.
    wait_for(lambda: not connection.execute(OPEN, [[first, other]]).rowcount)
    assert pid(sessions) != first


def test_session_that_a_turn_failed_in_is_not_used_again(sessions: Sessions) -> None:
    before = [pid(sessions)]
    with pytest.raises(ZeroDivisionError), sessions.of("often") as failed:
        raise ZeroDivisionError
    assert failed.closed
    before.append(pid(sessions))
    with sessions.of("often") as left:
        left.execute("BEGIN")
    assert left.closed
    assert pid(sessions) not in before


def test_session_that_the_server_ended_is_not_used_again(
    sessions: Sessions, connection: psycopg.Connection
) -> None:
    ended = pid(sessions)
    connection.execute("SELECT pg_terminate_backend(%s, 20000)", [ended])
    assert pid(sessions) != ended


def test_session_is_not_kept_for_ever(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pid(sessions)
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.0)
    assert pid(sessions) != first
