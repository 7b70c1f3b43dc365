"""What the database refuses is said with its cause, and what to do about that."""

from types import SimpleNamespace
from typing import Any

import psycopg
import psycopg_pool
import pytest

from pgstrike.db.causes import cause_of
from pgstrike.db.connection import connect
from pgstrike.db.errors import DatabaseError, database_errors

CAUSES = {
    "53100": ("disk_full", "free space"),
    "53200": ("out_of_memory", "give it more"),
    "53300": ("too_many_connections", "max_connections"),
    "53400": ("limit", "in its settings"),
    "25006": ("read_only", "primary"),
    "42501": ("forbidden", "the owner"),
    "28P01": ("wrong_password", "PGSTRIKE_DSN"),
    "28000": ("wrong_role", "pg_hba.conf"),
    "3D000": ("no_database", "create it"),
    "57P01": ("ended", "try again"),
    "57P02": ("ended", "try again"),
    "57P03": ("starting", "try again"),
    "57014": ("too_slow", "ask for less"),
    "55P03": ("busy", "try again"),
    "40P01": ("busy", "try again"),
    "XX001": ("damaged", "backup"),
}


def test_each_cause_has_a_message_of_its_own(connection: psycopg.Connection) -> None:
    said = set()
    for sqlstate, (code, do) in CAUSES.items():
        with (
            pytest.raises(DatabaseError) as refused,
            database_errors("market on db"),
        ):
            connection.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'said by the server' USING ERRCODE = "
                f"'{sqlstate}'; END $$".encode()
            )
        message = str(refused.value)
        assert refused.value.code == code
        assert "market on db" in message and "said by the server" in message
        assert do in message and len(message.splitlines()) == 1
        said.add(message)
    assert len(said) == len({*CAUSES.values()})


def test_full_lock_table_is_no_want_of_memory(connection: psycopg.Connection) -> None:
    full = (
        "DO $$ BEGIN RAISE EXCEPTION 'out of shared memory' USING ERRCODE = '53200',"
        " HINT = 'You might need to increase \"max_locks_per_transaction\".'; END $$"
    )
    with pytest.raises(DatabaseError, match="lock table is full"), database_errors("x"):
        connection.execute(full.encode())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("dbname=nothing_there", "no_database"),
        ("user=nobody_there", "wrong_role"),
        ("user=full_role", "too_many_connections"),
        ("user=closed_role", "wrong_role"),
        ("user=barred_role dbname=postgres", "forbidden"),
        ("host=/nowhere", "unreachable"),
        ("host=127.0.0.1 port=1", "unreachable"),
        ("options='-c default_transaction_read_only=on'", "read_only"),
        ("options='-c statement_timeout=1'", "too_slow"),
    ],
)
def test_real_refusals_are_told_apart(
    connection: psycopg.Connection, dsn: str, change: str, code: str
) -> None:
    """A connection that fails brings no SQLSTATE: these texts are the servers' own."""
    for statement in (
        "CREATE ROLE full_role LOGIN CONNECTION LIMIT 0",
        "CREATE ROLE closed_role NOLOGIN",
        "CREATE ROLE barred_role LOGIN",
        "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
    ):
        connection.execute(statement.encode())
    try:
        with (
            pytest.raises(DatabaseError) as refused,
            database_errors("here"),
            connect(f"{dsn} {change}", "test") as opened,
        ):
            opened.execute("CREATE TABLE public.x AS SELECT 1 AS n FROM pg_sleep(1)")
        assert refused.value.code == code, str(refused.value)
    finally:
        connection.execute("GRANT CONNECT ON DATABASE postgres TO PUBLIC")
        connection.execute("DROP ROLE full_role, closed_role, barred_role")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('FATAL:  password authentication failed for user "u"', "wrong_password"),
        ("fe_sendauth: no password supplied", "wrong_password"),
        ('FATAL:  no pg_hba.conf entry for host "::1"', "wrong_role"),
        ("FATAL:  sorry, too many clients already", "too_many_connections"),
        ("FATAL:  remaining connection slots are reserved", "too_many_connections"),
        ("FATAL:  the database system is starting up", "starting"),
        ("FATAL:  the database system is shutting down", "starting"),
        ("server closed the connection unexpectedly", "ended"),
        ("timeout expired", "unreachable"),
    ],
)
def test_refused_connections_are_told_apart(text: str, code: str) -> None:
    with pytest.raises(DatabaseError) as refused, database_errors("here"):
        raise psycopg.OperationalError(f"connection failed: {text}")
    assert refused.value.code == code


class FullQueue(psycopg.errors.ProgramLimitExceeded):
    """As the server says it, in whatever language."""

    sqlstate = "54000"
    diag: Any = SimpleNamespace(source_function="PreCommit_Notify", message_hint=None)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (psycopg_pool.PoolTimeout("in vain"), "no_free_connection"),
        (FullQueue(), "notify_queue_full"),
        (psycopg.errors.ProgramLimitExceeded(), "failed"),
        (psycopg.errors.SyntaxError(), None),  # ours
        (psycopg.errors.InsufficientPrivilege(), "forbidden"),
        (psycopg.ProgrammingError("the connection is closed"), None),
        (ValueError(), None),
    ],
)
def test_faults_of_the_server_are_told_from_ours(
    error: Exception, code: str | None
) -> None:
    cause = cause_of(error)
    assert (cause and cause.code) == code
