"""job.change: what a standby is told of changes without an event."""

import psycopg

from tests.support.grants import add_key

POLLED = "SELECT data, rights FROM ops.poll_log(0, 10)"
TELL = "SELECT ops.tell_change('data')"


def polled(connection: psycopg.Connection) -> tuple[str, str]:
    [row] = connection.execute(POLLED).fetchall()
    return row


def kinds(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("SELECT kind FROM job.change ORDER BY id").fetchall()
    return [kind for (kind,) in rows]


def test_each_kind_is_noted_once_in_a_transaction(
    connection: psycopg.Connection,
) -> None:
    before = len(kinds(connection))
    with connection.transaction():
        for _ in range(3):
            connection.execute(TELL)
        add_key(connection, "one", "1")
        add_key(connection, "two", "2")
    assert kinds(connection)[before:] == ["data", "rights"]
    connection.execute(TELL)
    assert kinds(connection)[before:] == ["data", "rights", "data"]


def test_note_that_is_rolled_back_is_made_again(
    connection: psycopg.Connection,
) -> None:
    before = len(kinds(connection))
    with connection.transaction():
        with connection.transaction(force_rollback=True):
            connection.execute(TELL)
        connection.execute(TELL)
    assert kinds(connection)[before:] == ["data"]


def test_marks_differ_after_each_change_also_when_commits_overtake(
    dsn: str, connection: psycopg.Connection
) -> None:
    """The writer that came first commits last, and waits for nobody."""
    seen = [polled(connection)]
    with psycopg.connect(dsn) as slow:
        slow.execute("SET lock_timeout = '1s'")
        slow.execute(TELL)
        for act in (lambda: connection.execute(TELL), slow.commit):
            act()
            seen.append(polled(connection))
    add_key(connection, "one", "1")
    seen.append(polled(connection))
    data, rights = zip(*seen, strict=True)
    assert len({*data}) == 3 and len({*rights}) == 2


def test_old_changes_are_dropped(connection: psycopg.Connection) -> None:
    connection.execute(TELL)
    connection.execute("UPDATE job.change SET changed_at = now() - interval '1 hour'")
    connection.execute(TELL)
    connection.execute("SELECT ops.prune_changes()")
    assert kinds(connection) == ["data"]
