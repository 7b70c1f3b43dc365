"""Pricing a batch between the two halves of storing it, part by part.

While a part is priced, the database writes the quotes of the one before.
"""

import contextlib
from collections.abc import Mapping
from threading import Thread
from time import monotonic

import numpy as np
import numpy.typing as npt
import psycopg

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.copy_binary import copy_binary, read_binary
from pgstrike.jobs.pricing.pricer import Pricer
from pgstrike.jobs.pricing.pricing import PRICE, Terms, price_quotes
from pgstrike.jobs.quote import QUOTE, QuoteBatch

Rows = npt.NDArray[np.void]
Chains = Mapping[tuple[int, int, int], tuple[float, ...]]

PART_ROWS = 4_000  # fewer are priced sooner than a thread for them begins to write
LEAVING_SECONDS = 5.0  # for what is being written when the run ends


def price_batch(
    connection: psycopg.Connection, batch: QuoteBatch, pricer: Pricer
) -> int:
    """Price every row of the batch, recalled ones included, in its transaction.

    Returns how many rows of the batch are written to fo.option_quote by now.
    """
    chains = chains_of(connection)
    if not chains:
        return 0
    changed = changed_rows(connection)
    cuts = [] if len(changed[0]) else cuts_of(batch.rows["quote_time"])
    start = 0
    with Writing(connection) as writing:
        for end in cuts:
            prices = priced(batch, start, end, chains, pricer)
            writing.write(copy_binary(prices, start), start, end)
            start = end
        prices = priced(batch, start, len(batch.rows), chains, pricer)
    if len(changed[0]):
        prices = with_changed(prices, *changed, chains, pricer.rate)
    copy_rows(connection, "copy_prices", copy_binary(prices, start))
    return start


def priced(
    batch: QuoteBatch, start: int, end: int, chains: Chains, pricer: Pricer
) -> Rows:
    """A row of PRICE for each of these rows of the batch."""
    rows = batch.rows[start:end]
    return pricer.price(batch.symbols, rows, chain_terms(rows, chains))


def with_changed(
    prices: Rows,
    numbers: npt.NDArray[np.int32],
    changed: Rows,
    chains: Chains,
    rate: float,
) -> Rows:
    """The prices with those of rows that are not as they came, by the number of the row."""
    whole = np.zeros(max(len(prices), int(numbers.max()) + 1), PRICE)
    whole[: len(prices)] = prices
    whole[numbers] = price_quotes(changed, chain_terms(changed, chains), rate)
    return whole


def cuts_of(when: npt.NDArray[np.int64]) -> list[int]:
    """Where a long batch is cut in parts: between snapshots, if they come in order.

    Those of one second are priced alike in one part or in several (see Pricer).
    """
    if len(when) < 2 * PART_ROWS or np.any(when[1:] < when[:-1]):
        return []
    places = range(PART_ROWS, len(when) - PART_ROWS + 1, PART_ROWS)
    cuts = set(np.searchsorted(when, when[list(places)]).tolist())
    return sorted(cuts - {0})


class Writing:
    """Writes one part after the other in a thread; leaving waits for the last."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._thread: Thread | None = None
        self._error: Exception | None = None

    def __enter__(self) -> "Writing":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._wait()
        elif self._thread is not None:
            self._cancel(self._thread)

    def write(self, prices: bytes, start: int, end: int) -> None:
        """Begin to write the quotes of these rows, when those before are written."""
        self._wait()
        # A daemon: what waits for a server that is frozen must not keep us from leaving.
        self._thread = Thread(
            target=self._write, args=(prices, start, end), daemon=True
        )
        self._thread.start()

    def _write(self, prices: bytes, start: int, end: int) -> None:
        try:
            copy_rows(self._connection, "copy_prices", prices)
            self._connection.execute(query("write_batch"), [start, end])
        except Exception as error:
            self._error = error

    def _cancel(self, thread: Thread) -> None:
        until = monotonic() + LEAVING_SECONDS
        while thread.is_alive() and monotonic() < until:
            # Again and again: it may be between two statements.
            with contextlib.suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=until - monotonic())
            thread.join(0.1)
        if thread.is_alive():  # the server is frozen
            self._connection.close()

    def _wait(self) -> None:
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error


def copy_rows(connection: psycopg.Connection, name: str, rows: bytes) -> None:
    """Copy rows in, by the statement of this name."""
    with connection.cursor().copy(query(name)) as copy:
        copy.write(rows)


def chains_of(connection: psycopg.Connection) -> Chains:
    """The terms of each chain of the batch that is to be stored."""
    found = connection.execute(query("batch_chains")).fetchall()
    return {(code, when, expiry): tuple(rest) for code, when, expiry, *rest in found}


def changed_rows(
    connection: psycopg.Connection,
) -> tuple[npt.NDArray[np.int32], Rows]:
    """Drop-outs, which are unknown by now, and what the database recalled."""
    with connection.cursor().copy(query("copy_changed_rows")) as copy:
        return read_binary(b"".join(bytes(part) for part in copy), QUOTE)


def chain_terms(rows: Rows, chains: Chains) -> Terms:
    """The terms of each row's chain; NaN for a chain that is not stored."""
    keys = rows[["symbol", "quote_time", "expiry"]]
    # Rows of one chain come together, as a rule.
    starts = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    starts = np.concatenate((np.zeros(min(1, len(rows)), np.intp), starts))
    unknown = (np.nan,) * len(Terms._fields)
    found = [chains.get(key, unknown) for key in keys[starts].tolist()]
    lengths = np.diff(starts, append=len(rows))
    figures = np.array(found, np.float64).reshape(-1, len(unknown))
    return Terms(*np.repeat(figures, lengths, axis=0).T)
