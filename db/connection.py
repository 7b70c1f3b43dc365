"""How a DSN becomes a connection, and how it is named in messages."""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgstrike.db.errors import SettingError

CONNECT_SECONDS = 10
NO_DSN = (
    "PGSTRIKE_DSN is no connection string (in a URL, write a sign of the password that is "
    "no letter or digit as % and its code); set it to postgresql://user@host:port/database"
)
# Those of the server, the database or the role would change what our sessions read and write.
SESSION: dict[str, str] = {
    "timezone": "UTC",
    "datestyle": "ISO,MDY",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "default_transaction_isolation": r"read\ committed",
    "lc_numeric": "C",
    "search_path": "public",
    "jit": "off",  # most plans run once, so compiling one costs more than it saves
}
# A network that went silent is noticed after a minute, not after hours.
LIVELINESS: dict[str, Any] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


def connect(dsn: str, name: str) -> psycopg.Connection:
    """A connection in autocommit; `name` is what pg_stat_activity shows of it."""
    conninfo = session_conninfo(dsn, f"pgstrike {name}", {})
    return psycopg.connect(
        make_conninfo(conninfo, **{**LIVELINESS, **parse(conninfo)}), autocommit=True
    )


def beside(connection: psycopg.Connection, name: str) -> psycopg.Connection:
    """Another connection to where this one leads."""
    password = connection.info.password or None
    return connect(make_conninfo(connection.info.dsn, password=password), name)


def session_conninfo(
    dsn: str,
    application_name: str,
    settings: Mapping[str, str],
    connect_seconds: int = CONNECT_SECONDS,
) -> str:
    """The DSN with the settings of its sessions.

    Its fallback_application_name is added to their names (jobs/schedule/process.py).
    """
    given = parse(dsn)
    name = [application_name, str(given.get("fallback_application_name") or "")]
    options = [
        str(given.get("options") or ""),
        *(f"-c {name}={value}" for name, value in {**SESSION, **settings}.items()),
    ]
    return make_conninfo(
        dsn,
        options=" ".join(filter(None, options)),
        application_name=" ".join(filter(None, name)),
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
    """Its parts. An error does not quote it: the fault may lie in its password."""
    try:
        given = dict(conninfo_to_dict(dsn))
        hosts = str(given.get("host") or "").split(",")
        for host in hosts:
            if not host.startswith(("/", "@")):
                host.encode("idna")  # as it is looked up, where it would fail otherwise
    except (psycopg.ProgrammingError, UnicodeError):
        raise SettingError(NO_DSN) from None
    # A URL is read so whose password has a sign that is one of URLs.
    names = [*(host.removeprefix("@") for host in hosts), str(given.get("dbname"))]
    ports = str(given.get("port") or "").replace(",", "")
    if "@" in "".join(names) or not (ports.isdigit() or not ports):
        raise SettingError(NO_DSN)
    return given
