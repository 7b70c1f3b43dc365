"""ops.add_rejects and ops.prune_rejects: each reject once, and never too many."""

from typing import Any

import psycopg
import pytest

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.store import Store
from tests.support.calls import call
from tests.support.quote_market import Quote, add, batch_of, select, value

COUNT = "SELECT count(*) FROM fo.quote_reject"


def reject(connection: psycopg.Connection, *rows: str, **of: Any) -> None:
    """Keep rows as rejected, malformed ones of a real source unless something else is said."""
    connection.execute(
        "SELECT ops.add_rejects(%s, %s, array_fill(%s::text, ARRAY[%s]),"
        " array_fill('?'::text, ARRAY[%s]), array_fill(%s::text, ARRAY[%s]), %s)",
        [
            of.get("source", "test"),
            of.get("kind", "real"),
            of.get("reason", "malformed"),
            len(rows),
            len(rows),
            of.get("symbol"),
            len(rows),
            list(rows),
        ],
    )


def test_row_that_comes_again_is_counted(connection: psycopg.Connection) -> None:
    """In one batch or in another, and whatever the file is called."""
    reject(connection, "x", "y", "x")
    between = value(connection, "SELECT clock_timestamp()")
    reject(connection, "x", source="another file")
    assert select(
        connection,
        "SELECT row, times, source, rejected_at < %s AS is_old,"
        " last_rejected_at > %s AS came_again FROM fo.quote_reject ORDER BY row",
        between,
        between,
    ) == [
        {"row": "x", "times": 3, "source": "test", "is_old": True, "came_again": True},
        {"row": "y", "times": 1, "source": "test", "is_old": True, "came_again": False},
    ]


@pytest.mark.parametrize("other", [{"reason": "negative"}, {"kind": "simulated"}])
def test_another_reason_or_kind_is_another_reject(
    connection: psycopg.Connection, other: dict[str, str]
) -> None:
    reject(connection, "x")
    reject(connection, "x", **other)
    assert value(connection, COUNT) == 2


def test_long_row_is_cut(connection: psycopg.Connection) -> None:
    """Two that differ behind the cut are still two."""
    reject(connection, "x" * 5_000 + "1", "x" * 5_000 + "2")
    found = connection.execute("SELECT row FROM fo.quote_reject").fetchall()
    assert found == [("x" * 2_000,)] * 2


def test_symbol_is_that_of_the_row(
    connection: psycopg.Connection, store: Store
) -> None:
    add(store, call("10:00:00", 100))
    store.add(batch_of([call("10:00:01", 100)._replace(symbol="ACME")]))
    assert value(connection, "SELECT symbol FROM fo.quote_reject") == "ACME"


def test_newest_are_kept(connection: psycopg.Connection) -> None:
    """One that came again is as new as one that came for the first time."""
    for row in "01234567890":
        reject(connection, row)
    assert value(connection, "SELECT ops.prune_rejects(4)") == 6
    kept = connection.execute("SELECT row FROM fo.quote_reject ORDER BY row").fetchall()
    assert ("0",) in kept and len(kept) == 4


def test_feed_that_is_never_right_fills_no_disk(
    connection: psycopg.Connection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It prunes what it adds, also where no job does."""
    monkeypatch.setattr("pgstrike.jobs.ingest.store.PRUNE_REJECTS", 20)
    monkeypatch.setattr("pgstrike.jobs.ingest.store.query", keeping_30)
    for batch in range(20):
        time = f"10:00:{batch:02}"
        store.add(batch_of([Quote(time, n, symbol="ACME") for n in range(1, 11)]))
        assert value(connection, COUNT) <= 30 + 20


def keeping_30(name: str) -> bytes:
    return b"SELECT ops.prune_rejects(30)" if name == "prune_rejects" else query(name)
