"""Checks before a database becomes an edge."""

import psycopg

from pgstrike.db.errors import DatabaseError
from pgstrike.db.install.edge.known import Say, known_edge, row
from pgstrike.db.queries import query


def refuse_engine(edge: psycopg.Connection, primary: psycopg.Connection) -> None:
    for place, connection in (("primary", primary), ("edge", edge)):
        [engine] = row(connection, "SELECT engine FROM job.installation")
        if engine != "postgres":
            raise DatabaseError(
                f"the {place} is built on TimescaleDB, whose hypertables and continuous "
                "aggregates are sent chunk by chunk, to tables of the same names; use a "
                "standby, or a database built with PGSTRIKE_ENGINE=postgres"
            )


def refuse_server(edge: psycopg.Connection, primary: psycopg.Connection) -> None:
    if server_id(edge) == server_id(primary):
        raise DatabaseError(
            "the edge and its primary are on one server; use another server for the edge"
        )
    if known_edge(primary) is not None:
        raise DatabaseError(
            "the primary is an edge itself; name the database that it is an edge of"
        )


def server_id(connection: psycopg.Connection) -> int:
    [found] = row(connection, "SELECT system_identifier FROM pg_control_system()")
    return int(str(found))


def refuse_primary(primary: psycopg.Connection, say: Say) -> None:
    """Refuse a server that cannot send, and warn of one that may keep WAL without bound."""
    level, keep, slots, senders = row(primary, query("sending"))
    if level != "logical":
        raise DatabaseError(
            f"the primary has wal_level={level}; set wal_level=logical there and restart it"
        )
    for name, free in (("max_replication_slots", slots), ("max_wal_senders", senders)):
        if int(str(free)) < 1:
            raise DatabaseError(
                f"the primary has none left of its {name}; raise it there and restart it"
            )
    if str(keep) == "-1":
        say(
            "warning: the primary keeps all WAL for an edge that is away, until its disk is "
            "full; set max_slot_wal_keep_size there, such as 10GB, and reload it"
        )


def refuse_data(edge: psycopg.Connection) -> None:
    [has_data] = row(
        edge,
        "SELECT EXISTS (SELECT FROM fo.event) OR EXISTS (SELECT FROM fo.option_quote)",
    )
    if has_data:
        raise DatabaseError(
            "the database has quotes or events of its own; add the edge to an empty one"
        )
