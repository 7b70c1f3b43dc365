"""Readers' logins, as an adversary has one."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from pgstrike.api.access.logins import make_login

NAMES = itertools.count()


@contextmanager
def reader_login(owner: psycopg.Connection, connections: int = 10) -> Iterator[str]:
    """The DSN of a login that `pgstrike key login` would make."""
    # A role is the whole server's: its name is this database's.
    name = f"adversary_{next(NAMES)}_{owner.info.dbname}"
    owner.execute("INSERT INTO job.api_key (name) VALUES (%s)", [name])
    make_login(name, connections, owner)
    try:
        yield psycopg.conninfo.make_conninfo(owner.info.dsn, user=name)
    finally:
        owner.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
