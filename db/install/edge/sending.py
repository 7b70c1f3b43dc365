"""What a primary has for its edges: a publication for all, and a slot for each."""

from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from pgstrike.db.install.edge.known import edge_tables, row

PUBLICATION = "pgstrike_edge"
SLOT = " FROM pg_catalog.pg_replication_slots WHERE slot_name = %s"


class Slot(NamedTuple):
    """The edge's slot, as its primary sees it."""

    active: bool
    wal_status: str
    kept_bytes: int


def publish(primary: psycopg.Connection) -> None:
    """Publish the tables, those too that came with a newer pgstrike."""
    tables = sql.SQL(", ").join(sql.SQL(table) for table in edge_tables(primary))
    name = sql.Identifier(PUBLICATION)
    known = primary.execute(
        "SELECT FROM pg_catalog.pg_publication WHERE pubname = %s", [PUBLICATION]
    )
    if known.rowcount:
        change = sql.SQL("ALTER PUBLICATION {} SET TABLE {}")
        primary.execute(change.format(name, tables))
        return
    create = sql.SQL(
        "CREATE PUBLICATION {} FOR TABLE {} WITH (publish_via_partition_root = true)"
    )
    primary.execute(create.format(name, tables))


def unpublish(primary: psycopg.Connection) -> None:
    """Publish no more, unless there are other edges."""
    [edges] = row(
        primary,
        "SELECT count(*) FROM pg_catalog.pg_replication_slots"
        " WHERE database = current_database()"
        " AND starts_with(slot_name::text, 'pgstrike_edge_')",
    )
    if not edges:
        drop = sql.SQL("DROP PUBLICATION IF EXISTS {}")
        primary.execute(drop.format(sql.Identifier(PUBLICATION)))


def drop_slot(primary: psycopg.Connection, name: str) -> None:
    """Where it is there. Its sender may take a moment to end."""
    ended = "SELECT pg_terminate_backend(active_pid, 5000)" + SLOT
    primary.execute(f"{ended} AND active_pid IS NOT NULL".encode(), [name])
    primary.execute(
        f"SELECT pg_drop_replication_slot(slot_name){SLOT}".encode(), [name]
    )


def slot_of(primary: psycopg.Connection, name: str) -> Slot | None:
    with primary.cursor(row_factory=class_row(Slot)) as cursor:
        return cursor.execute(
            f"SELECT active, wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(),"
            f" restart_lsn)::bigint AS kept_bytes{SLOT}".encode(),
            [name],
        ).fetchone()
