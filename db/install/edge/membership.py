"""Making an edge: a database that gets its tables from another one by logical replication.

The primary publishes its tables and keeps a slot for each edge. First the edge copies all rows.
Then it applies each transaction of the primary as a whole, in commit order. Statements that
make tables are not sent, so a trigger makes the days of quotes (ops.follow_quote_day).
"""

from time import monotonic, sleep

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from pgstrike.db.connection import describe
from pgstrike.db.errors import DatabaseError
from pgstrike.db.install.edge.known import (
    Say,
    copied,
    edge_tables,
    has_subscription,
    known_edge,
    row,
    subscription_name,
)
from pgstrike.db.install.edge.refusals import (
    refuse_data,
    refuse_engine,
    refuse_primary,
    refuse_server,
)
from pgstrike.db.install.edge.sending import (
    PUBLICATION,
    drop_slot,
    publish,
    unpublish,
)
from pgstrike.db.install.schema import require_built
from pgstrike.db.queries import query

LOOK_SECONDS = 0.1
# A primary that went silent is noticed before its slot falls far behind.
LIVELINESS = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}


def add(
    edge: psycopg.Connection, primary: psycopg.Connection, dsn: str, say: Say
) -> None:
    """Make the edge's database an edge of the primary, which `dsn` leads to from the edge.

    Both are in autocommit. It goes on where an earlier call was cut short.
    """
    for connection in (edge, primary):
        require_built(connection)
    refuse_engine(edge, primary)
    name = subscription_name(edge)
    known = known_edge(edge)
    if known is None:
        refuse_server(edge, primary)
        refuse_primary(primary, say)
        refuse_data(edge)
        empty(edge, primary, describe(dsn), name)
    elif known.primary_name != describe(dsn):
        raise DatabaseError(
            f"the database is an edge of {known.primary_name} already; run "
            "`pgstrike edge remove` first"
        )
    publish(primary)
    if not has_subscription(edge, name):
        drop_slot(primary, name)  # of a call that was cut short
        subscribe(edge, dsn, name)
    wait_for_copy(edge, name, say)
    finish(edge, primary)


def empty(
    edge: psycopg.Connection, primary: psycopg.Connection, place: str, name: str
) -> None:
    """Make room for the primary's rows; the edge signs cookies as the primary does."""
    epoch, secret = row(primary, query("primary_facts"))
    days = primary.execute("SELECT day FROM job.quote_day ORDER BY day").fetchall()
    with edge.transaction():
        tables = [sql.SQL(table) for table in edge_tables(edge)]
        edge.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(tables)))
        edge.execute("UPDATE job.installation SET cookie_secret = %s", [secret])
        edge.execute(
            "INSERT INTO job.edge (primary_name, subscription, epoch) VALUES (%s, %s, %s)",
            [place, name, epoch],
        )
        for day in days:
            edge.execute("SELECT ops.make_partition(%s)", day)
        edge.execute("SELECT ops.follow_quote_days()")


def subscribe(edge: psycopg.Connection, dsn: str, name: str) -> None:
    create = sql.SQL(
        "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {}"
        " WITH (slot_name = {}, streaming = off)"
    )
    conninfo = make_conninfo(dsn, **LIVELINESS)
    # The server tells of the slot that it made.
    edge.execute("SET client_min_messages = 'warning'")
    edge.execute(
        create.format(
            sql.Identifier(name),
            sql.Literal(conninfo),
            sql.Identifier(PUBLICATION),
            sql.Literal(name),
        )
    )
    edge.execute("RESET client_min_messages")


def wait_for_copy(edge: psycopg.Connection, name: str, say: Say) -> None:
    """Return once every table has what the primary had, and follows it."""
    told, shown = "", monotonic()
    while (found := copied(edge, name)).done < found.tables or not found.tables:
        text = f"copying: {found.done} of {found.tables} tables"
        if found.errors:
            text += (
                f"; it failed {found.errors} times, and is tried again: the log of the "
                "edge's server says why"
            )
        if text != told and monotonic() - shown > 1:
            say(text)
            told, shown = text, monotonic()
        sleep(LOOK_SECONDS)


def finish(edge: psycopg.Connection, primary: psycopg.Connection) -> None:
    """From now on the edge tells of each event, and is written to by its primary alone."""
    [version] = row(primary, "SELECT version FROM fo.snapshot_version WHERE announced")
    with edge.transaction():
        edge.execute(
            "UPDATE job.edge SET is_ready = TRUE, version = greatest(version, %s)",
            [version],
        )
        edge.execute("SELECT ops.guard_edge()")


def remove(edge: psycopg.Connection, primary: psycopg.Connection | None) -> str:
    """Make an ordinary database of the edge. Returns the name of its slot.

    Without the primary its slot and publication stay there.
    """
    known = known_edge(edge)
    if known is None:
        raise DatabaseError("the database is no edge; see `pgstrike edge add --help`")
    name = known.subscription
    subscription = sql.Identifier(name)
    if has_subscription(edge, name):
        for change in (
            "ALTER SUBSCRIPTION {} DISABLE",
            "ALTER SUBSCRIPTION {} SET (slot_name = NONE)",
            "DROP SUBSCRIPTION {}",
        ):
            edge.execute(sql.SQL(change).format(subscription))
    edge.execute("SELECT ops.leave_edge()")
    if primary is not None:
        drop_slot(primary, name)
        unpublish(primary)
    return name
