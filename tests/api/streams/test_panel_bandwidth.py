"""What a typical panel costs, of all that a recorded session says."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from unittest.mock import Mock

import psycopg

from pgstrike.api.chains.market import Market, Read
from pgstrike.api.chains.window import Around
from pgstrike.api.events.event import Event, Position, make_event
from pgstrike.api.events.hub import Bounds
from pgstrike.api.streams.broadcast import FRESH
from pgstrike.api.streams.panel import PanelBroadcast
from pgstrike.api.streams.subscription import Panel
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.replay_pacing import snapshots
from pgstrike.jobs.ingest.store import Store
from tests.support.fakes import FakeReader
from tests.support.panels import panel_of

SNAPSHOTS, FIRST = 60, 20  # by then the market is open, and the state is told
FIELDS = ("call_ltp", "call_oi", "call_iv", "put_ltp", "put_oi", "put_iv")


def played(connection: psycopg.Connection, data: Path) -> list[list[Event]]:
    """The events of the first snapshots of a session, commit by commit."""
    store = Store(connection, source="test", rate=0.065, horizon=timedelta(days=30))
    with gzip.open(data / "nse-nifty-2025-08-29.csv.gz") as file:
        ends = [
            store.add(batch)[0].event_id
            for batch in islice(snapshots(read_nse_csv(file, 75)), SNAPSHOTS)
        ]
    commits: list[list[Event]] = [[] for _ in ends]
    place = 0
    for id, symbol, expiry, payload in connection.execute(
        "SELECT id, symbol, expiry::text, payload::text FROM fo.event ORDER BY id"
    ):
        place += id > ends[place]
        event = make_event(Position("e", id), "chain", symbol, expiry, payload)
        commits[place].append(event)
    return commits


def columns_of(event: Event) -> list[str]:
    """There are none where only the clock has moved."""
    return list(json.loads(event.payload).get("columns", ()))


def panel_bytes(commits: list[list[Event]], panel: Panel) -> int:
    """What a reader is sent after its state."""
    columns = next(filter(None, map(columns_of, chain.from_iterable(commits))))
    market = Market("live", columns, Position("e", 0))
    market.hold("NIFTY", Read(0, {"NIFTY": []}), 0)
    feed = PanelBroadcast(panel, market, Mock(), Mock(), Bounds(1000, 10**6), Mock())
    reader = FakeReader(FRESH)
    for number, commit in enumerate(commits):
        for event in commit:
            market.take(event)
        feed.flush()
        if burst := feed.pending(reader.seen):
            reader.write(burst)
        if number < FIRST:
            reader.written = b""
    return len(reader.written)


def test_typical_panel_is_a_fraction_of_the_whole(
    connection: psycopg.Connection, data: Path, measured: Callable[[str], None]
) -> None:
    """3 expiries, 21 strikes, 6 fields."""
    commits = played(connection, data)
    listed = {event.expiry for commit in commits for event in commit if event.expiry}
    expiries = sorted(listed)[:3]
    panel = panel_of(
        "NIFTY", FIELDS, expiries=expiries, window=Around(10), interval_ms=200
    )
    whole = sum(
        len(event.frame.plain) for commit in commits[FIRST:] for event in commit
    )
    part = panel_bytes(commits, panel)
    measured(
        f"a panel of 3 expiries x 21 strikes x 6 fields: {100 * part / whole:.1f} % of the"
        f" {whole / (SNAPSHOTS - FIRST):,.0f} bytes that a snapshot of NIFTY is"
    )
    assert 0 < part < 0.2 * whole
