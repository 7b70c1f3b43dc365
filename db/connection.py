"""How a DSN becomes a connection, and how it is named in messages."""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db.errors import SettingError, one_line

CONNECT_SECONDS = 10


def connect(dsn: str, name: str) -> psycopg.Connection:
    """A connection in autocommit; `name` is what pg_stat_activity shows of it."""
    conninfo = session_conninfo(dsn, f"pgstrike {name}", {})
    return psycopg.connect(conninfo, autocommit=True)


def session_conninfo(
    dsn: str,
    application_name: str,
    settings: Mapping[str, str],
    connect_seconds: int = CONNECT_SECONDS,
) -> str:
    """The DSN with the settings of its sessions, in UTC unless they say otherwise."""
    given = parse(dsn)
    options = [
        str(given.get("options") or ""),
        *(
            f"-c {name}={value}"
            for name, value in {"timezone": "UTC", **settings}.items()
        ),
    ]
    return make_conninfo(
        dsn,
        options=" ".join(filter(None, options)),
        application_name=application_name,
        connect_timeout=given.get("connect_timeout") or connect_seconds,
    )


def describe(dsn: str) -> str:
    """The server and database of a DSN, for a message: it holds no password."""
    given = parse(dsn)
    place = (
        given.get("host") or given.get("hostaddr") or given.get("service") or "local"
    )
    port = f":{given['port']}" if given.get("port") else ""
    return f"{given.get('dbname') or given.get('user') or ''} on {place}{port}".strip()


def without_password(dsn: str) -> tuple[str, dict[str, str]]:
    """The DSN to be shown, or given to a program; and what that needs in its environment.

    The arguments of a program can be read by every user of the machine.
    """
    given = parse(dsn)
    given.pop("sslpassword", None)  # no variable has it: the program asks
    password = given.pop("password", None)
    return make_conninfo(**given), {} if password is None else {"PGPASSWORD": password}


def parse(dsn: str) -> dict[str, Any]:
    try:
        return dict(conninfo_to_dict(dsn))
    except psycopg.ProgrammingError as error:
        raise SettingError(
            f"PGSTRIKE_DSN is no connection string ({one_line(error)}); "
            "set it to postgresql://user@host:port/database"
        ) from error
