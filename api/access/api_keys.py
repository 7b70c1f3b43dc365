"""Making and ending API keys, as rows of job.api_key."""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

import psycopg

from pgstrike.api.access.key_hash import hash_of
from pgstrike.api.access.logins import end_login, make_login
from pgstrike.api.events.event import TOPICS
from pgstrike.db.errors import SettingError
from pgstrike.db.queries import query
from pgstrike.db.session import EVERYTHING
from pgstrike.db.sign_in_code import sign_in_link

PREFIX = "pgs_"  # so that a key is known for one where it should not be


class Wanted(NamedTuple):
    """A key to be made; None: every symbol, every topic, no cap of its own."""

    name: str
    symbols: list[str] | None
    topics: list[str] | None
    is_admin: bool
    streams: int | None
    ingest_symbols: Sequence[str] = ()  # none


def create(
    wanted: Wanted, home: psycopg.Connection, *others: psycopg.Connection
) -> str:
    """Return a new key, of which only the hash is kept: on every server, or on none.

    The home server commits last, and no api knows a key that home lacks.
    """
    refuse_unknown("topic", wanted.topics, TOPICS)
    servers = (home, *others)
    known = [row[0] for each in servers for row in each.execute(query("known_symbols"))]
    refuse_unknown("symbol", wanted.symbols, known)
    refuse_unknown("symbol", wanted.ingest_symbols, known)
    key = PREFIX + secrets.token_urlsafe(32)
    with ExitStack() as stack:
        for each in servers:
            stack.enter_context(each.transaction())
            add(wanted, hash_of(key), each)
    return key


def add(wanted: Wanted, key_hash: bytes, connection: psycopg.Connection) -> None:
    values = {
        "name": wanted.name,
        "key_hash": key_hash,
        "symbols": wanted.symbols,
        "topics": wanted.topics,
        "is_admin": wanted.is_admin,
        "ingest_symbols": [*wanted.ingest_symbols],
        "streams": wanted.streams,
    }
    try:
        connection.execute(query("add_api_key"), values)
    except psycopg.errors.UniqueViolation:
        raise SettingError(
            f"there is a key {wanted.name}, in force or revoked; take another name"
        ) from None
    except psycopg.errors.CheckViolation:
        raise SettingError(
            f"the name {wanted.name!r} cannot be used; give at most 63 small letters, digits,"
            " _ . and -, a letter or a digit first"
        ) from None


def refuse_unknown(what: str, sent: Sequence[str] | None, known: Sequence[str]) -> None:
    for word in sent or ():
        if word not in known:
            raise SettingError(
                f"unknown {what} {word}; give some of {', '.join(known)}"
            )


def revoke(name: str, connection: psycopg.Connection) -> None:
    """End the key, and its login: also one that an earlier try could not end."""
    if not end(name, connection):
        raise not_in_force(name)


def end(name: str, connection: psycopg.Connection) -> bool:
    """End it on one server. Returns whether it was in force there."""
    is_revoked = connection.execute(query("revoke_api_key"), [name]).rowcount > 0
    if connection.execute(query("has_api_key"), [name]).rowcount:
        end_login(name, connection)
    return is_revoked


def not_in_force(name: str) -> SettingError:
    return SettingError(f"no key {name} is in force; see `pgstrike key list`")


def login(name: str, connections: int, connection: psycopg.Connection) -> str:
    """Make the login of a key. Returns its password."""
    refuse_no_key(name, connection)
    return make_login(name, connections, connection)


def link(name: str | None, address: str, connection: psycopg.Connection) -> str:
    """A URL that signs a browser in once; without a name with the key of the api's settings."""
    if name is not None:
        refuse_no_key(name, connection)
    return sign_in_link(address, name or EVERYTHING, connection)


def refuse_no_key(name: str, connection: psycopg.Connection) -> None:
    if name not in [row[0] for row in connection.execute(query("api_keys"))]:
        raise SettingError(f"no key {name} is in force; `pgstrike key create` it")


def listed(connection: psycopg.Connection) -> list[str]:
    """A line for each key."""
    rows = connection.execute(query("list_api_keys"))
    return ["  ".join(row).rstrip() for row in rows]
