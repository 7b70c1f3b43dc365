"""The server of our own: how it starts, who shares it, and who stops it."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.embedded.server import (
    embedded_server,
    reach_database,
    running_server,
)
from pgstrike.db.errors import DatabaseError
from tests.support.embedded import (
    SECONDS,
    folder,
    guards,
    leave,
    postmaster,
    reachable,
    read_dsn,
    user,
    wait_for,
)


@pytest.fixture
def base() -> Iterator[Path]:
    """A directory that the server's user may enter; nothing runs in it afterwards."""
    with folder() as found:
        yield found


def test_server_that_never_was_is_not_running(tmp_path: Path) -> None:
    """And stopping it is no error."""
    server = embedded_server(tmp_path / "nowhere")
    assert not server.running()
    server.stop()


def test_setting_that_postgres_refuses_is_one_line(base: Path) -> None:
    """It names the program that failed and the log to look at."""
    server = embedded_server(base)._replace(settings={"no_such_setting": "1"})
    with pytest.raises(DatabaseError) as refused:
        server.start()
    assert "pg_ctl" in str(refused.value)
    assert str(base / "server.log") in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert "no_such_setting" in (base / "server.log").read_text()


def test_data_is_closed_to_other_users(base: Path) -> None:
    """Also the socket: the server trusts whoever reaches it."""
    with running_server(base):
        server = embedded_server(base)
        for directory in (server.data, server.sockets):
            assert directory.stat().st_mode & 0o077 == 0, directory
        # The server's user passes through root's folder, and makes no name in it.
        assert server.base.stat().st_uid == os.geteuid()
        assert server.base.stat().st_mode & 0o067 == 0


def test_database_is_there_and_keeps_what_it_holds(base: Path) -> None:
    """In UTF-8 and UTC, and the same one when it is started again."""
    with running_server(base) as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        connection.execute("CREATE TABLE kept ()")
    with running_server(base) as dsn, psycopg.connect(dsn) as connection:
        connection.execute("SELECT FROM kept")


def test_killed_server_is_started_again_while_it_is_used(base: Path) -> None:
    """Its users do nothing for that, and what was committed is there."""
    with running_server(base) as dsn:
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE TABLE kept ()")
        server = embedded_server(base)
        before = postmaster(server)
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: reachable(dsn))
        assert postmaster(server) != before
        with psycopg.connect(dsn) as connection:
            connection.execute("SELECT FROM kept")
    assert "the server has died and is started again" in server.log.read_text()


def test_killed_guard_is_replaced_while_the_server_is_used(base: Path) -> None:
    """Then the server is still the same one, and is still started again when it dies."""
    with running_server(base) as dsn:
        server = embedded_server(base)
        before = postmaster(server)
        [guard] = guards(base)
        os.kill(guard, signal.SIGKILL)
        wait_for(lambda: guards(base) not in ([], [guard]))
        assert postmaster(server) == before
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: reachable(dsn))
    assert not server.running()
    wait_for(lambda: guards(base) == [])


def test_last_user_stops_the_server(base: Path) -> None:
    """Of two processes the first to go leaves it running for the other."""
    with user(base) as first, user(base) as second:
        dsns = {read_dsn(first), read_dsn(second)}
        assert len(dsns) == 1
        leave(first)
        assert reachable(dsns.pop())
        leave(second)
    assert not embedded_server(base).running()


def test_killed_user_does_not_count(base: Path) -> None:
    """The kernel gives its place up, so the other one is the last."""
    with user(base) as first, user(base) as second:
        dsn = read_dsn(first)
        read_dsn(second)
        first.kill()
        first.wait(SECONDS)
        assert reachable(dsn)
        leave(second)
    assert not embedded_server(base).running()


def test_server_of_a_killed_user_is_ended(base: Path) -> None:
    """By its guard, which sees that nobody uses it, and ends as well."""
    with user(base) as first:
        read_dsn(first)
        first.kill()
        first.wait(SECONDS)
    wait_for(lambda: not embedded_server(base).running())
    wait_for(lambda: guards(base) == [])


def test_server_of_a_killed_user_and_guard_is_taken_over(base: Path) -> None:
    """It runs on with nobody there, and the next user gives it a guard."""
    with user(base) as first:
        dsn = read_dsn(first)
        [guard] = guards(base)
        first.send_signal(signal.SIGSTOP)  # or it would start another guard
        os.kill(guard, signal.SIGKILL)
        first.kill()
        first.wait(SECONDS)
    server = embedded_server(base)
    wait_for(lambda: guards(base) == [])
    before = postmaster(server)
    with user(base) as second:
        assert read_dsn(second) == dsn
        assert postmaster(server) == before
        assert len(guards(base)) == 1
        leave(second)
    assert not server.running()


def test_database_that_is_named_starts_nothing(tmp_path: Path) -> None:
    """The DSN comes back as it went in, and no directory is made."""
    with reach_database("host=elsewhere", tmp_path / "data") as dsn:
        assert dsn == "host=elsewhere"
    assert list(tmp_path.iterdir()) == []


def test_data_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """In words, not as a traceback."""
    (tmp_path / "file").touch()
    with (
        pytest.raises(
            DatabaseError,
            match=r"embedded server cannot use .*file.*set PGSTRIKE_DATA_DIR",
        ),
        reach_database(None, tmp_path / "file" / "data"),
    ):
        pass


def test_statements_are_counted_and_shown_to_no_reader(base: Path) -> None:
    with user(base) as process, psycopg.connect(read_dsn(process)) as connection:
        connection.execute("SELECT 4711 AS marked")
        connection.execute("CREATE ROLE somebody LOGIN PASSWORD 'hidden-word'")
        told = connection.execute("SELECT query FROM pg_stat_statements").fetchall()
        assert ("SELECT $1 AS marked",) in told
        assert "hidden-word" not in str(told)
        connection.execute("SET ROLE somebody")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT FROM pg_stat_statements")
