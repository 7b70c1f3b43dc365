"""Storing the symbols of a batch side by side, each symbol always through the same connection.

Symbols have nothing in common but the counter of events, which a transaction takes as its last
act. So what is stored is the same through one connection or through several.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from threading import Thread
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt
import psycopg

from pgstrike.db.connection import connect
from pgstrike.jobs.ingest.reconnect import add_again
from pgstrike.jobs.ingest.store import Store, Stored, renamed
from pgstrike.jobs.quote import NO_COUNTS, QuoteBatch, Reject

LEAVING_SECONDS = 5.0  # for what is being stored when the run ends


class Done(NamedTuple):
    """A part of a batch that is stored, and what became of it."""

    part: QuoteBatch
    stored: Stored
    rejects: list[Reject]


class Stores:
    """At most `most` stores as one. `make` gives a store of a connection."""

    def __init__(
        self, dsn: str, most: int, make: Callable[[psycopg.Connection], Store]
    ) -> None:
        self._dsn = dsn
        self._most = most
        self._make = make
        self._stores: list[Store] = []
        self._place: dict[str, int] = {}  # of the store of each symbol
        self._rows: Counter[int] = Counter()
        self._done: list[Done] = []
        self._trying: QuoteBatch | None = None
        self._stored: set[int] = set()  # the places whose part of that batch is stored
        self._open()

    def add(self, batch: QuoteBatch) -> None:
        """Store a batch, each part in one transaction.

        After an error the same batch may be tried again: what of it is stored is left out.
        """
        if batch is not self._trying:
            self._trying, self._stored = batch, set()
        self._add_missing(renamed(batch, self._stores[0].aliases))
        self._trying = None

    def _add_missing(self, batch: QuoteBatch) -> None:
        missing = {n: each for n, each in self._parts(batch) if n not in self._stored}
        if len(missing) == 1:
            [(place, part)] = missing.items()
            self._add_part(place, part)
            return
        failed: list[Exception] = []

        def attempt(place: int, part: QuoteBatch) -> None:
            try:
                self._add_part(place, part)
            except Exception as error:
                failed.append(error)

        join(
            # Daemons: what waits for a server that is frozen must not keep us from leaving.
            [Thread(target=attempt, args=each, daemon=True) for each in missing.items()]
        )
        if failed:
            raise failed[0]

    def take_done(self) -> list[Done]:
        """What was stored since this was asked last."""
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        """End the connections."""
        for store in self._stores:
            store.connection.close()

    def _add_part(self, place: int, part: QuoteBatch) -> None:
        outcome = add_again(self._dsn, self._stores[place], part)
        self._stored.add(place)
        self._done.append(Done(part, *outcome))

    def _open(self) -> None:
        self._stores.append(self._make(connect(self._dsn, "ingest")))

    def _parts(self, batch: QuoteBatch) -> Iterator[tuple[int, QuoteBatch]]:
        """The quotes of each store; what was rejected goes to the first."""
        codes = np.unique(batch.rows["symbol"]).tolist()
        of_store: dict[int, list[int]] = {}
        for code in codes:
            count = int(np.count_nonzero(batch.rows["symbol"] == code))
            of_store.setdefault(self._place_of(batch.symbols[code], count), []).append(
                code
            )
        # A feed's position is stored with all quotes before it, in one transaction.
        if len(of_store) < 2 or batch.position is not None:
            yield next(iter(of_store), 0), batch
            return
        for place, own in of_store.items():
            yield place, part_of(batch, own)
            batch = batch._replace(rejects=[], forgotten=NO_COUNTS)

    def _place_of(self, symbol: str, rows: int) -> int:
        """The store of a symbol; a new one goes to a new store, or to that of fewest rows."""
        place = self._place.get(symbol)
        if place is None:
            if self._place and len(self._stores) < self._most:
                self._open()
            place = min(range(len(self._stores)), key=lambda n: self._rows[n])
            self._place[symbol] = place
            self._rows[place] += rows
        return place


def join(threads: list[Thread]) -> None:
    """Run them all. When the program is being ended, wait for them a little."""
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    finally:
        for thread in threads:
            thread.join(LEAVING_SECONDS)


def part_of(batch: QuoteBatch, codes: list[int]) -> QuoteBatch:
    """The rows of some symbols, as a batch of these symbols."""
    indices = np.flatnonzero(np.isin(batch.rows["symbol"], codes))
    rows = batch.rows[indices]
    rows["symbol"] = np.searchsorted(codes, rows["symbol"])
    symbols = tuple(batch.symbols[code] for code in codes)
    return batch._replace(rows=rows, symbols=symbols, raw=Picked(batch.raw, indices))


class Picked(Sequence[str]):
    """Some texts of a batch; each is made when it is asked for."""

    def __init__(self, texts: Sequence[str], indices: npt.NDArray[np.intp]) -> None:
        self._texts = texts
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Picked": ...
    def __getitem__(self, index: int | slice) -> "str | Picked":
        if isinstance(index, slice):
            return Picked(self._texts, self._indices[index])
        return self._texts[int(self._indices[index])]
