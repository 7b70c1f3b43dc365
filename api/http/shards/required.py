"""What the databases have to be that a server is started with. It loads no web server."""

import psycopg

from pgstrike.db.causes import CONNECTIONS, ENDED, STARTING, UNREACHABLE
from pgstrike.db.connection import connect
from pgstrike.db.errors import DatabaseError, SettingError
from pgstrike.db.install.schema import require_built
from pgstrike.db.queries import query
from pgstrike.db.shards import Shard, errors_of

AWAY = {cause.code for cause in (UNREACHABLE, STARTING, ENDED, CONNECTIONS)}


def refuse_crowd(connection: psycopg.Connection, most: int, where: str) -> None:
    """Refuse to be one listener more than there may be."""
    row = connection.execute(query("listeners")).fetchone()
    assert row is not None
    if row[0] >= most:
        raise SettingError(
            f"{row[0]} hosts listen to {where}, as many as PGSTRIKE_MAX_LISTENERS allows "
            f"({most}), for each slows every commit down; stop some, or give one of them "
            "more --workers"
        )


def require_shard(shard: Shard, home: str, most: int | None = None) -> str:
    """Refuse a database that is not built as ours is, or is that of home. Returns its epoch.

    With `most`, refuse also to be one listener more.
    """
    with (
        connect(home, "api") as other,
        errors_of(shard),
        connect(shard.dsn, "api") as connection,
    ):
        require_built(connection)
        found = epoch(connection)
        if found == epoch(other):
            raise SettingError(
                f"shard {shard.name} is the database of PGSTRIKE_DSN, or a copy of it; "
                "name another database"
            )
        if most is not None:
            refuse_crowd(connection, most, f"shard {shard.name}")
        return found


def require_shards(shards: tuple[Shard, ...], home: str, most: int) -> None:
    """The same of all that answer, each a database of its own."""
    names: dict[str, str] = {}
    for shard in shards:
        try:
            other = names.setdefault(require_shard(shard, home, most), shard.name)
        except DatabaseError as error:
            if error.code not in AWAY:
                raise
            continue  # it is looked at when it comes
        if other != shard.name:
            raise SettingError(
                f"shards {other} and {shard.name} are one database, or copies; give one "
                "of them the symbols of both"
            )


def epoch(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT ops.epoch()").fetchone()
    assert row is not None
    return str(row[0])
