"""The rows of fo.event, and their notifications."""

from contextlib import closing

import psycopg

ANSWER_SECONDS = 60
CHANGED = "changed"  # see ops.tell_change


def log(connection: psycopg.Connection) -> list[tuple[int, str]]:
    """Every event: its id, and its payload byte for byte."""
    return connection.execute(
        "SELECT id, payload::text FROM fo.event ORDER BY id"
    ).fetchall()


def hear(connection: psycopg.Connection, count: int) -> list[str]:
    """The payloads of so many events, as they arrive; what tells of no event is left out."""
    heard: list[str] = []
    with closing(connection.notifies(timeout=ANSWER_SECONDS)) as notifications:
        while len(heard) < count and (notification := next(notifications, None)):
            if notification.payload != CHANGED:
                heard.append(notification.payload)
    return heard
