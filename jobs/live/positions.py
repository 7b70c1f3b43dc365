"""How far the feeds are that can go on where they stopped."""

from pgstrike.db.connection import connect
from pgstrike.db.queries import query


def positions_of(dsn: str, feed: str) -> dict[str, str]:
    """The place in each stream up to which the batches of a feed are stored."""
    with connect(dsn, "feed position") as connection:
        return dict(connection.execute(query("feed_positions"), [feed]).fetchall())
