"""Whoever writes: batches, stored the way every feed's are, at a steady pace.

python -m bench.streaming.writer DSN STRIKES MILLISECONDS
"""

import sys
from datetime import datetime, timedelta
from time import monotonic, sleep

import psycopg

from bench.streaming.market import changes, whole_chain
from pgstrike.db.connection import connect
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.settings import JobsSettings


def main(dsn: str, strikes: str, milliseconds: str) -> None:
    with connect(dsn, "bench writer") as connection:
        store = new_store(connection)
        due = monotonic()
        for batch in changes(int(strikes), clock(connection)):
            store.add(batch)
            due = max(due + int(milliseconds) / 1000, monotonic() - 1)
            sleep(max(due - monotonic(), 0))


def new_store(connection: psycopg.Connection) -> Store:
    rate = JobsSettings.from_env({}).rate
    return Store(connection, source="bench", rate=rate, horizon=timedelta(days=30))


def open_market(dsn: str) -> None:
    """Store the whole chain once."""
    with connect(dsn, "bench writer") as connection:
        new_store(connection).add(whole_chain())


def clock(connection: psycopg.Connection) -> datetime:
    """Where the market stands."""
    row = connection.execute("SELECT max(clock) FROM fo.instrument").fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


if __name__ == "__main__":
    main(*sys.argv[1:])
