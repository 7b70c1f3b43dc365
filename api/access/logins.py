"""The login roles of keys: `pgstrike key login`, and their end with the key.

A login may switch its own timeouts off, but not its limit of connections. `pgstrike run` ends
sessions that hold something too long (jobs/watch/watchdog.py).
"""

import contextlib
import secrets
from typing import Final

import psycopg
from psycopg import errors, sql

from pgstrike.db.errors import SettingError
from pgstrike.db.queries import query
from pgstrike.db.session import STATEMENT_TIMEOUT

OPTIONS_SINCE: Final = 160000  # of GRANT .. WITH INHERIT
SETTINGS: Final = {
    "statement_timeout": STATEMENT_TIMEOUT,
    "idle_in_transaction_session_timeout": STATEMENT_TIMEOUT,
}
# Setting it takes a right. Without it, readers' sorts could fill the server's disk.
TEMPORARY_FILES: Final = ("temp_file_limit", "1GB")


def make_login(name: str, connections: int, connection: psycopg.Connection) -> str:
    """Make the role that has the rights of the key of its name. Returns its password."""
    refuse_known(name, connection)
    password, role = secrets.token_urlsafe(32), sql.Identifier(name)
    # The server's log shows only this verifier, and nobody can sign in with that.
    kept = connection.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    )
    create = sql.SQL(
        "CREATE ROLE {} LOGIN PASSWORD {} CONNECTION LIMIT {} IN ROLE pgstrike_reader"
    ).format(role, kept.decode(), connections)
    try:
        with connection.transaction():
            connection.execute(create)
            for setting in SETTINGS.items():
                limit(connection, role, *setting)
            with contextlib.suppress(errors.InsufficientPrivilege):
                limit(connection, role, *TEMPORARY_FILES)
            let_owner_watch(connection, role)
    except errors.InsufficientPrivilege as error:
        raise SettingError(
            f"{connection.info.user} may not make logins ({error.diag.message_primary}); "
            f"let an administrator run: ALTER ROLE {connection.info.user} CREATEROLE; "
            f"GRANT pgstrike_reader TO {connection.info.user} WITH ADMIN OPTION"
        ) from error
    return password


def refuse_known(name: str, connection: psycopg.Connection) -> None:
    row = connection.execute(query("reader_login"), [name]).fetchone()
    if row is None:
        return
    is_reader = row[0]
    if is_reader:
        raise SettingError(
            f"there is a login {name} already; give it another password with ALTER ROLE, "
            "or remove it with DROP ROLE and run this again"
        )
    raise SettingError(
        f"the server has a role {name} that is no reader's; make a key of another name"
    )


def limit(
    connection: psycopg.Connection, role: sql.Identifier, name: str, value: str
) -> None:
    set_to = sql.SQL("ALTER ROLE {} SET {} = {}")
    with connection.transaction():
        connection.execute(set_to.format(role, sql.Identifier(name), value))


def let_owner_watch(connection: psycopg.Connection, role: sql.Identifier) -> None:
    """Let an owner who is no superuser see and end the sessions of the login."""
    row = connection.execute(query("plain_owner")).fetchone()
    if row is None:
        return
    has_options = connection.info.server_version >= OPTIONS_SINCE
    options = " WITH INHERIT TRUE, SET FALSE" if has_options else ""
    grant = sql.SQL("GRANT {} TO {}" + options)
    connection.execute(grant.format(role, sql.Identifier(row[0])))


def end_login(name: str, connection: psycopg.Connection) -> None:
    """Let the role of that name in no more, and end its sessions; it may not be there."""
    row = connection.execute(query("reader_login"), [name]).fetchone()
    if row is None or not row[0]:
        return
    closed = sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(name))
    try:
        connection.execute(closed)
        connection.execute(query("end_sessions"), [name])
    except errors.InsufficientPrivilege as error:
        raise SettingError(
            f"the key {name} is revoked and its login reads nothing, but "
            f"{connection.info.user} may not end it; let an administrator run: "
            f"{closed.as_string(connection)}"
        ) from error
