"""ops.epoch."""

import psycopg

from tests.support.live_market import append


def test_epoch_is_stable(connection: psycopg.Connection) -> None:
    first = connection.execute("SELECT ops.epoch()").fetchone()
    assert first == connection.execute("SELECT ops.epoch()").fetchone()
    assert first is not None and len(first[0]) == 8


def test_epoch_changes_with_generation(connection: psycopg.Connection) -> None:
    first = connection.execute("SELECT ops.epoch()").fetchone()
    connection.execute("UPDATE job.event_counter SET generation = generation + 1")
    assert first != connection.execute("SELECT ops.epoch()").fetchone()


def test_epoch_is_of_the_timeline_that_is_written(
    connection: psycopg.Connection,
) -> None:
    """After a promotion, pg_control_checkpoint says so only when a checkpoint has ended."""
    row = connection.execute(
        "SELECT ops.timeline(), timeline_id FROM pg_control_checkpoint()"
    ).fetchone()
    assert row is not None and row[0] == row[1]
    append(connection, 1)
    noted = connection.execute("SELECT timeline FROM job.event_counter").fetchone()
    assert noted == (row[0],)
