"""Storing a batch: one COPY and one function call, in one transaction."""

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import psycopg

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.batch_tables import ensure_batch_tables
from pgstrike.jobs.ingest.calendar import load_calendar
from pgstrike.jobs.ingest.copy_quotes import copy_quotes
from pgstrike.jobs.ingest.price_batch import price_batch
from pgstrike.jobs.ingest.waiting import keep_waiting, set_clock, take_waiting
from pgstrike.jobs.pricing.pricer import Pricer
from pgstrike.jobs.quote import Position, QuoteBatch, Reject, SourceKind
from pgstrike.jobs.watch.notify_queue import QueueRoom

logger = logging.getLogger(__name__)

REASONS = {
    "unknown_symbol": "the symbol is not known; `pgstrike instrument add` makes it known",
    "expired": "the contract had expired before the quote",
    "too_old": "older than the raw-data horizon",
    "below_floor": "of a session that was archived or dropped; `pgstrike restore` brings "
    "an archived one back",
    "ahead_of_clock": "ahead of the wall clock",
    "ahead_of_market": "more than 7 days ahead of every other snapshot",
    "other_source": "the symbol has quotes of the other kind, real or simulated",
    "other_kind": "the symbol has another kind of volume or OI; change it with "
    "`pgstrike instrument set`, or leave --volume-kind and --oi-kind out",
}

# How far ahead of the wall clock a quote may be: of a live feed, as clocks differ, and of any
# other, which may be of a market that is simulated.
LIVE_AHEAD, RECORDED_AHEAD = timedelta(seconds=60), timedelta(days=366)

SAY_SECONDS = 60.0
# The years in which quotes can be stored.
FIRST_YEAR, YEARS_AHEAD = 1990, 2
PRUNE_REJECTS = 10_000  # that were added: a feed that is never right fills no disk


class Stored(NamedTuple):
    """The outcome of a batch, in quotes; drop-outs and doubted volumes are of legs."""

    stored: int
    corrected: int
    unchanged: int
    late: int
    outside_session: int
    dropouts: int
    volumes_doubted: int
    event_id: int
    taken_in: int = 0  # that had waited


InTransaction = Callable[[Stored, list[Reject]], object]
# Raises where these quotes may not be stored any more, by the connection that stores them.
Guard = Callable[[psycopg.Connection, QuoteBatch], object]


class Store:
    """Stores batches through one connection of its own, which must be in autocommit."""

    def __init__(
        self,
        connection: psycopg.Connection,
        *,
        source: str,
        source_kind: SourceKind = "real",
        rate: float,
        horizon: timedelta,
        pricing_seconds: float = 1,
        is_live: bool = False,
        declares: bool = False,
        whole_chains: bool = False,
        accept_ahead: bool = False,
        in_transaction: InTransaction = lambda stored, rejects: None,
        guard: Guard = lambda connection, batch: None,
    ) -> None:
        self.source = source
        self.source_kind = source_kind
        self.rate = rate
        self.pricer = Pricer(rate, pricing_seconds)
        self.horizon = horizon
        self.ahead = LIVE_AHEAD if is_live else RECORDED_AHEAD
        self.declares = declares
        self.whole_chains = whole_chains
        self.accept_ahead = accept_ahead
        self.in_transaction = in_transaction  # the last act of each batch's
        self.guard = guard
        self.unpruned = PRUNE_REJECTS
        self.say_ahead_at = 0.0
        self.open(connection)

    def open(self, connection: psycopg.Connection) -> None:
        """Store through this connection from now on."""
        self.connection = connection
        self.room = QueueRoom(connection)
        self.known_years: set[tuple[str, int]] = set()  # by symbol
        self.declared: set[int] = set()
        connection.execute(query("set_batch_memory"))
        ensure_batch_tables(connection)
        self.learn_aliases()

    def learn_aliases(self) -> None:
        """Know the symbols that were renamed until now."""
        found = self.connection.execute(query("symbol_aliases")).fetchall()
        self.aliases: dict[str, str] = dict(found)

    def add(self, batch: QuoteBatch) -> tuple[Stored, list[Reject]]:
        """Store a batch whole, or, where an error is raised, nothing of it.

        After it, what had waited for the like of it is stored too.
        """
        batch = renamed(batch, self.aliases)
        stored, rejects = self.add_alone(batch)
        return self._settle(batch.symbols, stored), rejects

    def add_alone(self, batch: QuoteBatch) -> tuple[Stored, list[Reject]]:
        """Store a batch; waiting quotes are not looked at."""
        if self.declares:
            self._declare_symbols(batch)
        self._ensure_calendar(batch)
        with self.connection.transaction(), self.connection.cursor() as cursor:
            copy_quotes(self.connection, batch.rows)
            counts = cursor.execute(
                query("derive_batch"),
                self.arguments(batch),
            ).fetchone()
            assert counts is not None
            rejects = [*batch.rejects, *self._rejected(batch)]
            self._keep_rejects(
                [each for each in rejects if each.reason != "ahead_of_market"]
            )
            written = price_batch(self.connection, batch, self.pricer)
            event_id = cursor.execute(query("store_batch"), [written]).fetchone()
            assert event_id is not None
            if self.whole_chains and len(batch.rows):
                cursor.execute(query("note_whole_chains"), moments_of(batch))
            self._keep_position(batch.position)
            stored = Stored(*counts, *event_id)
            self.guard(self.connection, batch)
            self.in_transaction(stored, rejects)
        self._prune_rejects(len(rejects))
        self._say_ahead(rejects)
        return stored, rejects

    def arguments(self, batch: QuoteBatch) -> tuple[object, ...]:
        """Those of ops.derive_batch."""
        return (
            list(batch.symbols),
            self.rate,
            self.horizon,
            self.ahead,
            self.source_kind,
            self.accept_ahead,
            *batch.kinds,
        )

    def _settle(self, symbols: Sequence[str], stored: Stored) -> Stored:
        """Set back clocks that were wrong from the first, and take in what waited."""
        named = [list(symbols)]
        while found := self.connection.execute(query("unsettled"), named).fetchall():
            for symbol, is_awaited, clock in found:
                with self.connection.transaction():
                    self.connection.execute(query("lock_instrument"), [symbol])
                    if clock is not None:
                        set_clock(self.connection, symbol, clock)
                    elif is_awaited:
                        taken = take_waiting(self.connection, symbol)
                        more, _ = self.add_alone(taken)
                        stored = stored._replace(
                            event_id=max(stored.event_id, more.event_id),
                            taken_in=stored.taken_in + len(taken.rows),
                        )
        return stored

    def _rejected(self, batch: QuoteBatch) -> list[Reject]:
        found = self.connection.execute(query("batch_rejects")).fetchall()
        ahead = [row_no for row_no, reason in found if reason == "ahead_of_market"]
        if ahead:
            keep_waiting(self.connection, self.source, batch, ahead)
        return [
            Reject(
                reason,
                REASONS[reason],
                batch.raw[row_no],
                batch.symbols[batch.rows["symbol"][row_no]],
            )
            for row_no, reason in found
        ]

    def _keep_rejects(self, rejects: list[Reject]) -> None:
        if rejects:
            reasons, details, rows, symbols = map(list, zip(*rejects, strict=True))
            self.connection.execute(
                query("add_rejects"),
                (self.source, self.source_kind, reasons, details, symbols, rows),
            )

    def _keep_position(self, position: Position | None) -> None:
        """Have a feed go on after this batch, if the batch is stored."""
        if position is not None:
            for stream, place in position.places.items():
                named = [position.feed, stream, place]
                self.connection.execute(query("keep_position"), named)

    def _prune_rejects(self, added: int) -> None:
        """Now and then, also where no job does it."""
        self.unpruned += added
        if added and self.unpruned >= PRUNE_REJECTS:
            self.connection.execute(query("prune_rejects"))
            self.unpruned = 0

    def _say_ahead(self, rejects: list[Reject]) -> None:
        """Each minute at most: where a clock is wrong, a feed is rejected whole."""
        ahead = sum(reject.reason == "ahead_of_clock" for reject in rejects)
        if ahead and monotonic() >= self.say_ahead_at:
            self.say_ahead_at = monotonic() + SAY_SECONDS
            logger.warning(
                "%s rows are ahead of the database's clock; look at both clocks",
                f"{ahead:,}",
            )

    def _declare_symbols(self, batch: QuoteBatch) -> None:
        """A symbol whose lot is given becomes known."""
        codes = set(np.unique(batch.rows["symbol"]).tolist()) - self.declared
        for code in codes:
            # What cannot be a symbol stays unknown, and its rows are rejected for it.
            with contextlib.suppress(psycopg.errors.CheckViolation):
                self.connection.execute(query("add_instrument"), (batch.symbols[code],))
        self.declared |= codes

    def _ensure_calendar(self, batch: QuoteBatch) -> None:
        """The calendar of every year of the batch, before its first quote is judged."""
        years = years_of(batch.rows["quote_time"])
        new = {(s, year) for s in batch.symbols for year in years} - self.known_years
        if new:
            symbols, years = ({each[0] for each in new}, {each[1] for each in new})
            known = load_calendar(self.connection, symbols, sorted(years))
            self.known_years |= {each for each in new if each[0] in known}


def renamed(batch: QuoteBatch, aliases: Mapping[str, str]) -> QuoteBatch:
    """The batch with the present names of its symbols."""
    if aliases.keys().isdisjoint(batch.symbols):
        return batch
    names = [aliases.get(symbol, symbol) for symbol in batch.symbols]
    symbols = tuple(dict.fromkeys(names))
    codes = np.array([symbols.index(name) for name in names], np.int16)
    rows = batch.rows.copy()
    rows["symbol"] = codes[rows["symbol"]]
    return batch._replace(rows=rows, symbols=symbols)


def moments_of(batch: QuoteBatch) -> tuple[list[str], list[int]]:
    """The symbol and the time of each snapshot of a batch."""
    found = np.unique(batch.rows[["symbol", "quote_time"]]).tolist()
    return [batch.symbols[code] for code, _ in found], [time for _, time in found]


def years_of(quote_times: npt.NDArray[np.int64]) -> set[int]:
    """The calendar years, with both neighbours of a new year's night, of some times.

    Only those in which there are quotes: a row of the year 9999 is rejected without one.
    """
    epoch, day = np.datetime64("2000-01-01T00:00:00", "us"), np.timedelta64(1, "D")
    times = epoch + np.unique(quote_times).astype("timedelta64[us]")
    around = np.concatenate((times - day, times + day))
    years = np.unique(around.astype("datetime64[Y]").astype(np.int64)) + 1970
    last = datetime.now(UTC).year + YEARS_AHEAD
    return {year for year in years.tolist() if FIRST_YEAR <= year <= last}
