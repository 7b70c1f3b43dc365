"""The rows of fo.event, and their notifications."""

import psycopg

from pgstrike.api.events.listener import DATA, RIGHTS

ANSWER_SECONDS = 60


def log(connection: psycopg.Connection) -> list[tuple[int, str]]:
    """Every event: its id, and its payload byte for byte."""
    return connection.execute(
        "SELECT id, payload::text FROM fo.event ORDER BY id"
    ).fetchall()


def hear(connection: psycopg.Connection, count: int) -> list[str]:
    """The payloads of so many events, as they arrive; changes without an event are left out."""
    heard: list[str] = []
    while len(heard) < count:
        wanted = count - len(heard)
        notes = [*connection.notifies(timeout=ANSWER_SECONDS, stop_after=wanted)]
        if not notes:
            break
        heard += [note.payload for note in notes if note.payload not in (DATA, RIGHTS)]
    return heard
