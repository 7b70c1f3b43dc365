"""ops.epoch."""

import psycopg


def test_epoch_is_stable(connection: psycopg.Connection) -> None:
    first = connection.execute("SELECT ops.epoch()").fetchone()
    assert first == connection.execute("SELECT ops.epoch()").fetchone()
    assert first is not None and len(first[0]) == 8


def test_epoch_changes_with_generation(connection: psycopg.Connection) -> None:
    first = connection.execute("SELECT ops.epoch()").fetchone()
    connection.execute("UPDATE job.event_counter SET generation = generation + 1")
    assert first != connection.execute("SELECT ops.epoch()").fetchone()
