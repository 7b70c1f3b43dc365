"""ops.prune_events: one session or a day, whichever is longer, and never a hole."""

import psycopg
import pytest

from pgstrike.db.queries import query
from pgstrike.jobs.schedule.jobs import prune_events

FRIDAY, MONDAY = (
    '{"topic":"chain","session":"2025-08-29"}',
    '{"topic":"chain","session":"2025-09-01"}',
)
OTHER = '{"topic":"ops"}'

# The bodies of the log and how many of them, the oldest, are more than a day old; what stays.
CASES = [
    ("a day", [FRIDAY, FRIDAY, OTHER, OTHER, MONDAY, OTHER], 2, [3, 4, 5, 6]),
    ("a session", [FRIDAY, OTHER, MONDAY, OTHER, MONDAY, OTHER], 6, [3, 4, 5, 6]),
    ("a weekend", [OTHER, FRIDAY, OTHER, FRIDAY, OTHER], 5, [2, 3, 4, 5]),
    ("no session", [OTHER, OTHER, OTHER], 3, [3]),
    ("late", [FRIDAY, MONDAY, OTHER, FRIDAY], 4, [1, 2, 3, 4]),
    ("all", [FRIDAY, MONDAY, OTHER], 0, [1, 2, 3]),
    ("none", [], 0, []),
]


def write(connection: psycopg.Connection, bodies: list[str], old: int) -> None:
    topics = ["chain" if "chain" in body else "ops" for body in bodies]
    connection.execute(
        "SELECT ops.append_events(%(topics)s::text[], array_fill(NULL::text, %(count)s),"
        " array_fill(NULL::date, %(count)s), %(bodies)s::text[])",
        {"topics": topics, "bodies": bodies, "count": [len(bodies)]},
    )
    connection.execute(
        "UPDATE fo.event SET created_at = now() - interval '25 hours' WHERE id <= %s",
        [old],
    )


def kept(connection: psycopg.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT id FROM fo.event ORDER BY id")]


@pytest.mark.parametrize(("bodies", "old", "stays"), [case[1:] for case in CASES])
def test_what_is_needed_stays(
    connection: psycopg.Connection, bodies: list[str], old: int, stays: list[int]
) -> None:
    if bodies:
        write(connection, bodies, old)
    count = len(bodies) - len(stays)
    assert connection.execute(query("prune_events")).fetchone() == (count,)
    assert kept(connection) == stays


def test_a_call_is_bounded(connection: psycopg.Connection) -> None:
    write(connection, [OTHER] * 10, 10)
    assert connection.execute("SELECT ops.prune_events(4)").fetchone() == (4,)
    assert kept(connection) == [*range(5, 11)]


def test_the_job_prunes_all(connection: psycopg.Connection) -> None:
    write(connection, [OTHER] * 25_000, 25_000)
    assert prune_events(connection) == 24_999
    assert kept(connection) == [25_000]
