"""Storing a recorded feed from the folder that is meant for it."""

from collections import Counter
from contextlib import closing
from pathlib import Path

from pgstrike.db.errors import FeedError, PgstrikeError
from pgstrike.jobs.feed.folder import open_source
from pgstrike.jobs.feed.lot_book import LotOptions
from pgstrike.jobs.ingest.fed_iv import without_iv
from pgstrike.jobs.ingest.ingest import read_merged
from pgstrike.jobs.ingest.lots import lot_book
from pgstrike.jobs.ingest.replay_pacing import is_empty
from pgstrike.jobs.ingest.store import Store, Stored
from pgstrike.jobs.ingest.tally import COUNTS
from pgstrike.jobs.quote import QuoteBatch, Reject
from pgstrike.jobs.tasks.kind import Result
from pgstrike.jobs.tasks.work import Work


def store_file(work: Work) -> Result:
    """A batch at a time. A file that changed since the last attempt is read from its beginning.

    Quotes that are stored already change nothing.
    """
    path = allowed(work.settings.ingest_dir, work.arguments["path"])
    stamp = [path.stat().st_size, path.stat().st_mtime_ns]
    kept = work.checkpoint if work.checkpoint.get("stamp") == stamp else {}
    counts, passed = Counter[str](kept.get("counts", {})), 0
    lots = LotOptions(None, work.arguments.get("lots", {}))
    feed = open_source(str(path), lot_book(work.dsn, lots))
    with closing(feed):
        store = store_of(work, path, lots)
        for batch in read_merged(feed, grid=0, is_watched=False):
            work.check()
            passed += rows_of(batch)
            if passed > kept.get("counts", {}).get("read", 0):
                done = feed.done_bytes / max(feed.total_bytes, 1)
                counts = add(work, store, batch, counts, done, stamp)
    if counts["read"] and counts["read"] == counts["rejected"]:
        raise FeedError(
            f"{path.name}: nothing could be stored; {counts['rejected']:,} rows were "
            "rejected, see fo.quote_reject"
        )
    return dict(counts)


def add(
    work: Work,
    store: Store,
    batch: QuoteBatch,
    before: Counter[str],
    done: float,
    stamp: list[int],
) -> Counter[str]:
    """Store a batch; its own transaction notes the progress. Returns the counts after it."""
    counts = before + Counter(read=rows_of(batch))
    is_first = True

    def note(stored: Stored, rejects: list[Reject]) -> None:
        nonlocal is_first
        if is_first:
            found = {name: getattr(stored, name) for name in COUNTS}
            counts.update({**found, "rejected": len(rejects)})
        else:  # what had waited for it
            counts.update(taken_in=stored.stored)
        is_first = False
        message = f"{counts['read']:,} rows are stored"
        work.note(done, 1, message, {"stamp": stamp, "counts": counts})

    if not is_empty(batch):
        store.in_transaction = note
        store.add(without_iv(batch) if work.settings.fed_iv == "ignore" else batch)
    return counts


def rows_of(batch: QuoteBatch) -> int:
    return len(batch.rows) + len(batch.rejects)


def store_of(work: Work, path: Path, lots: LotOptions) -> Store:
    settings = work.settings
    return Store(
        work.connection,
        source=str(path),
        rate=settings.rate,
        horizon=settings.horizon,
        pricing_seconds=settings.pricing_seconds,
        declares=bool(lots.by_symbol),
        whole_chains=work.arguments.get("whole_chains", False),
        accept_ahead=work.arguments.get("accept_ahead", False),
    )


def allowed(folder: Path | None, name: str) -> Path:
    """The file in the folder; links that lead out of it are not followed."""
    if folder is None:
        raise PgstrikeError("no task may ingest here; set PGSTRIKE_INGEST_DIR")
    try:
        path = (folder / name).resolve(strict=True)
    except (OSError, ValueError):
        raise FeedError(f"there is no {name!r} in the folder of tasks") from None
    if not path.is_relative_to(folder.resolve()):
        raise FeedError(f"{name!r} is outside the folder of tasks; move it there")
    return path
