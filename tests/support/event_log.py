"""The rows of fo.event, and their notifications."""

import psycopg

ANSWER_SECONDS = 60


def log(connection: psycopg.Connection) -> list[tuple[int, str]]:
    """Every event: its id, and its payload byte for byte."""
    return connection.execute(
        "SELECT id, payload::text FROM fo.event ORDER BY id"
    ).fetchall()


def hear(connection: psycopg.Connection, count: int) -> list[str]:
    """The payloads of so many notifications, as they arrive."""
    notifications = connection.notifies(timeout=ANSWER_SECONDS, stop_after=count)
    return [notification.payload for notification in notifications]
