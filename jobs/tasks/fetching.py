"""Fetching a symbol's past from a broker: candles of a minute, stored as quotes.

30 days at a time are fetched, a request after the other: the broker's rate decides how long
that takes. Then a session at a time is stored. Quotes that are stored already change nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.feed.check import check
from pgstrike.jobs.feed.ndjson import QuoteTexts
from pgstrike.jobs.feed.times import IST, calendar_day, microseconds
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.ingest.store import Store, Stored
from pgstrike.jobs.ingest.tally import COUNTS
from pgstrike.jobs.live.feeds.kite import kite
from pgstrike.jobs.live.feeds.upstox import upstox
from pgstrike.jobs.live.history import Candles, Rows, sessions_of
from pgstrike.jobs.live.paced import Gets, PacedGets
from pgstrike.jobs.live.plugin import Asked, Contract
from pgstrike.jobs.live.rest import open_rest, secret
from pgstrike.jobs.quote import QuoteBatch, Reject
from pgstrike.jobs.tasks.kind import Result
from pgstrike.jobs.tasks.work import Work

PER_SECOND = 3  # requests, of Kite and of Upstox
WINDOW = timedelta(days=30)
ENDED = timedelta(seconds=1)  # then the minute of a candle is over
FETCHED = 0.8  # the part of a window's time that fetching takes


class History(Protocol):
    """A feed that has candles."""

    kinds: Kinds

    async def contracts(self, wire: Gets) -> Sequence[Contract]:
        """As of a Feed."""

    async def candles(
        self, wire: Gets, key: str, first: date, last: date, today: date
    ) -> Candles:
        """Those of a contract."""


FEEDS: Mapping[str, Callable[[Asked], History]] = {"kite": kite, "upstox": upstox}


class Window(NamedTuple):
    """Some days, the last included, and which part of the whole they are."""

    first: date
    last: date
    place: int
    of: int

    def part(self, done: float) -> float:
        return (self.place + done) / self.of


def fetch_past(work: Work) -> Result:
    """A session at a time, of the contracts that are listed today.

    An attempt goes on after the last session that was stored whole.
    """
    start, end = work.span()
    span = microseconds(start), microseconds(min(end, datetime.now(UTC) - ENDED))
    feed = FEEDS[work.arguments["feed"]](asked(work))
    filling = Filling(work, feed.kinds)
    for window in windows(start, end):
        if str(window.last) <= filling.day:
            continue
        contracts, candles = asyncio.run(
            fetch(work, feed, window, filling.checkpoint())
        )
        sessions = [*sessions_of(contracts, candles, *span)]
        for place, (number, rows) in enumerate(sessions, 1):
            part = window.part(FETCHED + (1 - FETCHED) * place / len(sessions))
            filling.store(str(calendar_day(number)), rows, part)
        filling.reach(str(window.last), window.part(1))
    return filling.result()


def asked(work: Work) -> Asked:
    """What the arguments ask of the feed."""
    options = {
        name: str(work.arguments[name])
        for name in ("expiries", "strikes", "lot")
        if name in work.arguments
    }
    return Asked("backfill", [work.arguments["symbol"]], options, secret)


def windows(start: datetime, end: datetime) -> Iterator[Window]:
    """The days of a span, as India counts them, 30 at a time."""
    first = start.astimezone(IST).date()
    last = (end - timedelta(microseconds=1)).astimezone(IST).date()
    count = (last - first) // WINDOW + 1
    for place in range(count):
        begins = first + place * WINDOW
        ends = min(begins + WINDOW - timedelta(days=1), last)
        yield Window(begins, ends, place, count)


async def fetch(
    work: Work, feed: History, window: Window, checkpoint: Mapping[str, Any]
) -> tuple[Sequence[Contract], dict[str, Candles]]:
    """The contracts and their candles of some days; the progress is noted."""
    today = datetime.now(IST).date()
    async with open_rest() as rest:
        gets = PacedGets(rest, PER_SECOND)
        contracts = await feed.contracts(gets)
        found = {}
        for number, contract in enumerate(contracts, 1):
            work.check()
            found[contract.key] = await feed.candles(
                gets, contract.key, window.first, window.last, today
            )
            part = window.part(FETCHED * number / len(contracts))
            message = f"{number} of {len(contracts)} contracts are fetched"
            work.note(part, 1, message, checkpoint)
    return contracts, found


class Filling:
    """Stores sessions, each in a transaction, and counts; the checkpoint has the last one."""

    def __init__(self, work: Work, kinds: Kinds) -> None:
        settings = work.settings
        self.work, self.kinds = work, kinds
        self.day: str = work.checkpoint.get("day", "")
        self.counts = Counter[str](work.checkpoint.get("counts", {}))
        self.source: str = work.arguments["feed"]
        self._store = Store(
            work.connection,
            source=f"{self.source} candles",
            rate=settings.rate,
            horizon=settings.horizon,
            pricing_seconds=settings.pricing_seconds,
            accept_ahead=True,  # a span may be weeks after the one before
        )

    def checkpoint(self) -> dict[str, Any]:
        return {"day": self.day, "counts": self.counts}

    def store(self, day: str, rows: Rows, part: float) -> None:
        """Store a session that is not stored yet."""
        if day <= self.day:
            return
        self.work.check()
        symbol: str = self.work.arguments["symbol"]
        is_noted = False

        def note(stored: Stored, rejects: list[Reject]) -> None:
            nonlocal is_noted
            if is_noted:
                return  # what had waited for these quotes
            is_noted, self.day = True, day
            self.counts.update(sessions=1, rejected=len(rejects))
            self.counts.update({name: getattr(stored, name) for name in COUNTS})
            named = {"symbol": symbol, "session": day, "source": self.source}
            self.work.connection.execute(
                query("note_backfill"), {**named, "quotes": stored.stored}
            )
            message = f"{symbol} of {day} is stored"
            self.work.note(part, 1, message, self.checkpoint())

        texts = QuoteTexts(rows, (symbol,))
        batch = check(QuoteBatch(rows, (symbol,), texts, [], kinds=self.kinds))
        self._store.in_transaction = note
        self._store.add(batch)

    def reach(self, day: str, part: float) -> None:
        """Note that no session until this day is left."""
        self.day = day
        self.work.note(part, 1, f"all until {day} is stored", self.checkpoint())

    def result(self) -> Result:
        """What became of all; a PgstrikeError where there is nothing, or all was refused."""
        symbol = self.work.arguments["symbol"]
        if not self.counts["sessions"]:
            raise PgstrikeError(
                f"{self.source} has no candles of {symbol} in this time; only contracts "
                "that are listed today can be fetched"
            )
        if self.counts["rejected"] and not any(self.counts[name] for name in COUNTS):
            raise PgstrikeError(
                f"nothing of {symbol} could be stored: {self.counts['rejected']:,} quotes "
                "were rejected, see fo.quote_reject"
            )
        return dict(self.counts)
