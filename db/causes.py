"""Why the database failed, and the advice for each cause.

A statement that fails brings an SQLSTATE. A connection that fails brings only a text, which is
in English unless the server's lc_messages says otherwise; an unknown text has no cause here.
"""

import sys
from typing import NamedTuple

import psycopg


class Cause(NamedTuple):
    """A kind of failure. The code is stable; `wrong` and `do` make up the message."""

    code: str
    wrong: str
    do: str


DISK_FULL = Cause(
    "disk_full", "the server's disk is full", "free space on it; nothing else is needed"
)
MEMORY = Cause(
    "out_of_memory",
    "the server is out of memory",
    "give it more, or lower its work_mem and the number of its connections",
)
LOCKS = Cause(
    "out_of_locks",
    "the server's lock table is full",
    "raise its max_locks_per_transaction and restart it",
)
CONNECTIONS = Cause(
    "too_many_connections",
    "the server has no connection left",
    "end some of its sessions, lower PGSTRIKE_POOL_SIZE or raise its max_connections",
)
LIMIT = Cause(
    "limit",
    "a limit that the server is set to was exceeded",
    "raise it in its settings",
)
READ_ONLY = Cause(
    "read_only",
    "the server takes no writes",
    "point PGSTRIKE_DSN, or for the api PGSTRIKE_PRIMARY_DSN, at the primary and not at a "
    "standby, and see its default_transaction_read_only",
)
FORBIDDEN = Cause(
    "forbidden",
    "the role that connects lacks a right",
    "connect as the owner of the database, or run `pgstrike upgrade` as the owner",
)
PASSWORD = Cause(
    "wrong_password",
    "the password is missing or wrong",
    "put the right one into PGSTRIKE_DSN or the file that PGPASSFILE names",
)
ROLE = Cause(
    "wrong_role",
    "the server does not let this role in",
    "check the role in PGSTRIKE_DSN, and the server's pg_hba.conf",
)
DATABASE = Cause(
    "no_database",
    "the server has no such database",
    "create it, or name another one in PGSTRIKE_DSN",
)
STARTING = Cause(
    "starting", "the server is starting or stopping", "try again in a moment"
)
ENDED = Cause(
    "ended",
    "the server ended the connection",
    "try again; see the server's log for why",
)
TIMEOUT = Cause(
    "too_slow",
    "the statement took too long and was cancelled",
    "ask for less at once, or raise the statement_timeout",
)
BUSY = Cause("busy", "another session is in the way", "try again")
DAMAGED = Cause(
    "damaged",
    "the server cannot read or write its own files",
    "look at its log and its disk, and restore a backup where data is damaged",
)
QUEUE_FULL = Cause(
    "notify_queue_full",
    "the server's NOTIFY queue is full, because a session that listens does not read",
    "end that session: /health names it to an administrator, and `pgstrike run` "
    "ends a listener of ours that is stuck",
)
NO_FREE_CONNECTION = Cause(
    "no_free_connection",
    "no connection became free in time",
    "check that the server is up; if it is, raise PGSTRIKE_POOL_SIZE",
)
UNREACHABLE = Cause("unreachable", "the server cannot be reached", "check PGSTRIKE_DSN")
OTHER = Cause("failed", "the server failed", "see the server's log")

BY_SQLSTATE = {
    "53100": DISK_FULL,
    "53200": MEMORY,
    "53300": CONNECTIONS,
    "53400": LIMIT,
    "25006": READ_ONLY,
    "42501": FORBIDDEN,
    "28P01": PASSWORD,
    "28000": ROLE,
    "3D000": DATABASE,
    "57P01": ENDED,
    "57P02": ENDED,
    "57P03": STARTING,
    "57P05": ENDED,
    "25P03": ENDED,
    "25P04": ENDED,
    "57014": TIMEOUT,
    "55P03": BUSY,
    "40001": BUSY,
    "40P01": BUSY,
    "58030": DAMAGED,
    "58P01": DAMAGED,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}
# How a standby refuses BEGIN READ WRITE.
CANNOT_BEGIN_TO_WRITE = ("0A000", "call_bool_check_hook")
# The first that is found in the text counts.
BY_TEXT = (
    ("No space left on device", DISK_FULL),
    ("too many clients", CONNECTIONS),
    ("remaining connection slots", CONNECTIONS),
    ("too many connections", CONNECTIONS),
    ("password", PASSWORD),
    ("authentication failed", ROLE),
    ("no pg_hba.conf entry", ROLE),
    ("is not permitted to log in", ROLE),
    ('FATAL:  role "', ROLE),
    ("permission denied for database", FORBIDDEN),
    ('FATAL:  database "', DATABASE),
    ("the database system is", STARTING),
    ("recovery", STARTING),
    ("terminating connection", ENDED),
    ("closed the connection unexpectedly", ENDED),
    ("out of memory", MEMORY),
)


def cause_of(error: BaseException) -> Cause | None:
    """The cause of an error of the driver; None where it is not the server's fault."""
    if is_of_full_pool(error):
        return NO_FREE_CONNECTION
    if not isinstance(error, psycopg.Error):
        return None
    if error.sqlstate is not None:
        known = by_diagnosis(error) or BY_SQLSTATE.get(error.sqlstate)
        is_servers = isinstance(error, psycopg.OperationalError)
        return known or (OTHER if is_servers else None)
    if isinstance(error, psycopg.OperationalError):
        text = str(error)
        return next((cause for part, cause in BY_TEXT if part in text), UNREACHABLE)
    return None


def is_of_full_pool(error: BaseException) -> bool:
    # Not imported here: only a process that has a pool can get such an error.
    pool = sys.modules.get("psycopg_pool")
    return pool is not None and isinstance(error, pool.PoolTimeout)


def by_diagnosis(error: psycopg.Error) -> Cause | None:
    """What one SQLSTATE says of two causes; no text that could be translated is read."""
    if error.diag.source_function == "PreCommit_Notify":
        return QUEUE_FULL
    if (error.sqlstate, error.diag.source_function) == CANNOT_BEGIN_TO_WRITE:
        return READ_ONLY
    if "max_locks_per_transaction" in (error.diag.message_hint or ""):
        return LOCKS
    return None
