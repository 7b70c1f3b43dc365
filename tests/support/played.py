"""A piece of a recorded session, stored out of order here and there."""

import gzip
import random
from datetime import timedelta
from itertools import islice
from pathlib import Path

from pgstrike.db.connection import connect
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.replay_pacing import snapshots
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.refresh.refresh import refresh_all

SNAPSHOTS = 60  # after 10 that are stored before the reader comes
EXPIRY = "2025-09-30"


def recorded(data: Path) -> list[QuoteBatch]:
    """The first snapshots of a session, some of them late."""
    with gzip.open(data / "nse-banknifty-2025-08-29.csv.gz") as file:
        batches = list(islice(snapshots(read_nse_csv(file, 35)), 10 + SNAPSHOTS))
    late = random.Random(5)
    for place in late.sample(range(12, len(batches) - 1), 12):
        batches[place], batches[place + 1] = batches[place + 1], batches[place]
    return batches


def play(dsn: str, batches: list[QuoteBatch]) -> int:
    """Store the batches, refreshing now and then. Returns the chain's newest event."""
    with connect(dsn, "test") as writer:
        store = Store(writer, source="test", rate=0.065, horizon=timedelta(days=30))
        for number, batch in enumerate(batches):
            store.add(batch)
            if number % 7 == 0:
                refresh_all(writer)
        refresh_all(writer)
        row = writer.execute(
            "SELECT max(id) FROM fo.event WHERE topic = 'chain' AND expiry = %s",
            [EXPIRY],
        ).fetchone()
        assert row is not None
        return int(row[0])
