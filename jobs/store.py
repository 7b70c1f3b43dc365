"""Storing a batch: one COPY and one function call, in one transaction."""

import contextlib
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.rows import class_row

from db.queries import query
from jobs.calendar import holidays_of
from jobs.copy_binary import copy_binary
from jobs.quote import QuoteBatch, Reject

REASONS = {
    "unknown_symbol": "the symbol is not in fo.instrument",
    "expired": "the contract had expired before the quote",
    "too_old": "older than the raw-data horizon",
    "ahead_of_clock": "ahead of the wall clock",
}


class Stored(NamedTuple):
    """What a batch came to, in quotes; dropouts in legs (see ops.store_batch)."""

    stored: int
    corrected: int
    unchanged: int
    late: int
    outside_session: int
    dropouts: int
    event_id: int


class Store:
    """Stores batches through one connection of its own, which must be in autocommit."""

    def __init__(
        self,
        connection: psycopg.Connection,
        *,
        source: str,
        rate: float,
        horizon: timedelta,
        is_live: bool = False,
        declares: bool = False,
    ) -> None:
        self.connection = connection
        self.source = source
        self.rate = rate
        self.horizon = horizon
        self.is_live = is_live
        self.declares = declares
        self.known_years: set[int] = set()
        self.declared: set[int] = set()
        connection.execute(query("create_batch_tables"))

    def add(self, batch: QuoteBatch) -> tuple[Stored, list[Reject]]:
        """Store a batch whole, or, where an error is raised, nothing of it."""
        self._ensure_holidays(batch)
        if self.declares:
            self._declare_symbols(batch)
        with self.connection.transaction(), self.connection.cursor() as cursor:
            with cursor.copy(query("copy_quotes")) as copy:
                copy.write(copy_binary(batch.rows))
            stored = self._store(batch.symbols)
            rejects = [*batch.rejects, *self._rejected(batch)]
            cursor.executemany(
                query("add_reject"), [(self.source, *reject) for reject in rejects]
            )
        return stored, rejects

    def _store(self, symbols: tuple[str, ...]) -> Stored:
        with self.connection.cursor(row_factory=class_row(Stored)) as cursor:
            cursor.execute(
                query("store_batch"),
                (list(symbols), self.rate, self.horizon, self.is_live),
            )
            stored = cursor.fetchone()
        assert stored is not None
        return stored

    def _rejected(self, batch: QuoteBatch) -> list[Reject]:
        found = self.connection.execute(query("batch_rejects"))
        return [
            Reject(reason, REASONS[reason], batch.raw[row_no])
            for row_no, reason in found
        ]

    def _declare_symbols(self, batch: QuoteBatch) -> None:
        """Whoever names the lot of a symbol means it to be known."""
        codes = set(np.unique(batch.rows["symbol"]).tolist()) - self.declared
        for code in codes:
            # What cannot be a symbol stays unknown, and its rows are rejected for it.
            with contextlib.suppress(psycopg.errors.CheckViolation):
                self.connection.execute(query("add_instrument"), (batch.symbols[code],))
        self.declared |= codes

    def _ensure_holidays(self, batch: QuoteBatch) -> None:
        """The calendar of every year of the batch, before its first quote is judged."""
        years = years_of(batch.rows["quote_time"]) - self.known_years
        if years:
            with self.connection.cursor() as cursor:
                cursor.executemany(query("add_holiday"), holidays_of(years))
            self.known_years |= years


def years_of(quote_times: npt.NDArray[np.int64]) -> set[int]:
    """The calendar years, with both neighbours of a new year's night, of some times."""
    if not len(quote_times):
        return set()
    epoch = np.datetime64("2000-01-01T00:00:00", "us")
    ends = [int(np.min(quote_times)), int(np.max(quote_times))]
    day = np.timedelta64(1, "D")
    first, last = (epoch + np.timedelta64(end, "us") for end in ends)
    first_year, last_year = (
        int(when.astype("datetime64[Y]").astype(int)) + 1970
        for when in (first - day, last + day)
    )
    return set(range(first_year, last_year + 1))
