"""A recorded day at once: how long the refresh takes after it was stored."""

from pathlib import Path
from time import perf_counter

from bench.report import Figure, at_most
from pgstrike.db.connection import connect
from pgstrike.jobs.feed.files import open_feed
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.settings import JobsSettings


def refresh_figure(engine: str, dsn: str, path: Path) -> Figure:
    """The refresh of all that a file changed, over the time that storing it took."""
    settings = JobsSettings.from_env({})
    with connect(dsn, "bench") as connection:
        store = Store(
            connection, source="bench", rate=settings.rate, horizon=settings.horizon
        )
        began = perf_counter()
        for batch in open_feed(str(path), 75):
            store.add(batch)
        stored = perf_counter() - began
        refresh_all(connection)
        refreshed = perf_counter() - began - stored
    what = f"{engine}, refresh after a bulk ingest, s"
    return at_most(what, refreshed, stored, "storing it", refreshed / stored, 1.5)
