"""What a typical panel costs in bytes, beside the whole stream."""

import contextlib
import gzip
import os
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from time import sleep

import numpy as np
import psycopg

from bench.report import Figure, at_most
from bench.streaming import subscriptions
from bench.streaming.load import load, pause
from bench.streaming.market import batch_of, figures
from bench.streaming.ours import api, database
from bench.streaming.writer import new_store
from pgstrike.db.connection import connect
from pgstrike.db.paths import ROOT
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch

DATA = Path(os.environ.get("PGSTRIKE_DATA", ROOT.parent / "shared" / "data"))
RECORDED = DATA / "nse-nifty-2025-08-29.csv.gz"
BEFORE = 30  # snapshots, so that every contract is known
SNAPSHOTS = 60
PACE_SECONDS = 0.5


def bandwidth_figures() -> list[Figure]:
    """A session as it is read, snapshot by snapshot."""
    with database() as dsn, connect(dsn, "bench writer") as connection:
        store, batches = new_store(connection), snapshots()
        for batch in islice(batches, BEFORE):
            store.add(batch)
        expiries = living(connection)
        with api(dsn) as server:
            taken = bytes_taken(
                server.port, store, islice(batches, SNAPSHOTS), expiries
            )
    return [
        at_most(
            f"bytes of a panel of 3 x 21 x 6, {name}", panel, whole, "the whole stream",
            panel / whole, 0.2
        )
        for name, (panel, whole) in zip(("plain", "gzip"), taken, strict=True)
    ]  # fmt: skip


def living(connection: psycopg.Connection) -> list[date]:
    """The first three expiries."""
    rows = connection.execute(
        "SELECT DISTINCT expiry FROM fo.contract"
        " WHERE expiry >= (SELECT max(clock)::date FROM fo.instrument)"
        " ORDER BY expiry LIMIT 3"
    ).fetchall()
    return [row[0] for row in rows]


def bytes_taken(
    port: int, store: Store, batches: Iterator[QuoteBatch], expiries: list[date]
) -> list[tuple[int, int]]:
    """Bytes of the panel and of the whole stream, not compressed and compressed."""
    requests: list[str] = []
    for compressed in (False, True):
        requests += [
            subscriptions.typical_panel(expiries, gzip=compressed),
            subscriptions.ask(gzip=compressed),
        ]
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(load(port, 1, [each])) for each in requests]
        pause(2)
        for each in readers:
            each.start()
        for batch in batches:
            store.add(batch)
            sleep(PACE_SECONDS)
        plain, whole, zipped, whole_zipped = (each.stop().bytes for each in readers)
    return [(plain, whole), (zipped, whole_zipped)]


def snapshots() -> Iterator[QuoteBatch]:
    """Those of the recorded session; of a made one where there is no recording."""
    if not RECORDED.exists():
        print(f"  {RECORDED.name} is not there; the market is made up")
        random = np.random.default_rng(7)
        for number in range(BEFORE + SNAPSHOTS):
            yield batch_of(figures(4 * number, random))
        return
    with gzip.open(RECORDED) as file:
        for batch in read_nse_csv(file, 75):
            for when in np.unique(batch.rows["quote_time"]):
                rows = batch.rows[batch.rows["quote_time"] == when]
                yield QuoteBatch(rows, batch.symbols, [""] * len(rows), [])
