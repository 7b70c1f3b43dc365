"""`pgstrike key login` and `revoke`: a key's own role, and its end."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest
from psycopg import sql

from tests.support.cli import key_command
from tests.support.live_market import open_store, quote

Login = Callable[..., str]


@pytest.fixture
def login(dsn: str, connection: psycopg.Connection) -> Iterator[Login]:
    """Make a key called like the database, as roles are the whole server's, and its login.

    Returns its DSN.
    """
    store = open_store(connection)
    for symbol in ("NIFTY", "BANKNIFTY"):
        quote(store, 0, symbol=symbol)
    name = connection.info.dbname

    def make(*options: str) -> str:
        assert key_command(dsn, "create", name, "--symbols", "NIFTY").returncode == 0
        made = key_command(dsn, "login", name, *options)
        said = f"the user is {name}, and this is its password:\n"
        assert (made.returncode, made.stderr) == (0, said)
        return psycopg.conninfo.make_conninfo(
            dsn, user=name, password=made.stdout.strip()
        )

    yield make
    connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def line_of(dsn: str, *arguments: str) -> str:
    """What a command that is refused says."""
    done = key_command(dsn, *arguments)
    [line] = done.stderr.splitlines()
    assert done.returncode == 1
    return line


def test_login_reads_what_its_key_may_and_not_for_ever(
    login: Login, connection: psycopg.Connection
) -> None:
    own, name = login(), connection.info.dbname
    [kept] = connection.execute(
        "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [name]
    )
    assert kept[0].startswith("SCRAM-SHA-256$")
    with psycopg.connect(own) as reader:
        seen = reader.execute("SELECT symbol FROM analytics.instrument").fetchall()
        assert seen == [("NIFTY",)]
        for limit, value in {
            "statement_timeout": "30s",
            "idle_in_transaction_session_timeout": "30s",
            "temp_file_limit": "1GB",
        }.items():
            assert reader.execute(f"SHOW {limit}".encode()).fetchall() == [(value,)]


@pytest.mark.parametrize(("options", "count"), [((), 10), (("--connections", "2"), 2)])
def test_login_has_few_connections(
    login: Login, options: tuple[str, ...], count: int
) -> None:
    own, opened = login(*options), []
    for _ in range(count + 1):
        with suppress(psycopg.OperationalError):
            opened.append(psycopg.connect(own))
    for each in opened:
        each.close()
    assert len(opened) == count


def test_login_is_made_once(
    dsn: str, login: Login, connection: psycopg.Connection
) -> None:
    """Its password is not kept, so the line says how there is another one."""
    login()
    said = line_of(dsn, "login", connection.info.dbname)
    assert "give it another password with ALTER ROLE" in said
    assert "or remove it with DROP ROLE and run this again" in said


def test_revoking_a_key_ends_its_login_at_once(
    dsn: str, login: Login, connection: psycopg.Connection
) -> None:
    own = login()
    with psycopg.connect(own) as idle, psycopg.connect(own) as busy:
        busy.execute("SELECT count(*) FROM analytics.event")  # in a transaction
        assert key_command(dsn, "revoke", connection.info.dbname).returncode == 0
        for reader in (idle, busy):
            with pytest.raises(psycopg.OperationalError):
                reader.execute("SELECT pg_sleep(20)")
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(own)


def test_key_without_a_login_is_revoked(dsn: str) -> None:
    assert key_command(dsn, "create", "desk").returncode == 0
    done = key_command(dsn, "revoke", "desk")
    assert (done.returncode, done.stderr) == (0, "")


def test_role_that_is_no_readers_is_left_alone(
    dsn: str, connection: psycopg.Connection
) -> None:
    """Whatever a key is called."""
    assert key_command(dsn, "create", "postgres").returncode == 0
    assert "no reader's" in line_of(dsn, "login", "postgres")
    assert key_command(dsn, "revoke", "postgres").returncode == 0
    with psycopg.connect(dsn) as again:
        assert again.execute("SELECT 1").fetchall() == [(1,)]
    assert not connection.closed


def test_end_of_a_login_is_tried_again(
    dsn: str, login: Login, connection: psycopg.Connection
) -> None:
    """The key may have been revoked by somebody who was not allowed to end a role."""
    own, name = login(), connection.info.dbname
    connection.execute("UPDATE job.api_key SET revoked_at = clock_timestamp()")
    assert f"no key {name} is in force" in line_of(dsn, "revoke", name)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(own)
