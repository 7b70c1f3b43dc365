"""What one feed hands over to be stored: snapshots of its book, or whole chains one by one."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pgstrike.jobs.feed.times import instant, now
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.ingest.store import renamed
from pgstrike.jobs.live.backlog import Backlog
from pgstrike.jobs.live.book import ALIVE, Book, Standing
from pgstrike.jobs.live.heard import ChainsHeard
from pgstrike.jobs.live.plugin import Asked, Contract, Updates
from pgstrike.jobs.live.recording import RecordingOver
from pgstrike.jobs.live.unlisted import Unlisted
from pgstrike.jobs.quote import QuoteBatch

logger = logging.getLogger(__name__)

# Until a source that was just heard can be in charge; the first may be under way.
BEATS_TO_CHOOSE = 3
BEATS_OF_POSITION = 30  # what a position leaves out never comes again
END = 2**62  # a time after all others
NOBODYS = np.iinfo(np.int64).max

Waiting = asyncio.Future[None]


class NotPlayedError(RecordingOver):
    """A recording cannot be stored whole; what follows is not played."""


class Handover:
    """What waits to be stored, and of which symbols. All of it is the event loop's.

    `in_charge` has the symbols whose quotes are stored, each with the time from which on.
    `grid` is that of the snapshots, in microseconds. A recording waits until each cell of it
    is stored; of a live feed, a cell that ends while another is being stored waits.
    """

    def __init__(
        self, asked: Asked, grid: int, fail: Callable[[str], None], *, is_played: bool
    ) -> None:
        self.book: Book | None = None
        self.in_charge: Mapping[str, int] = {}
        self.aliases: Mapping[str, str] = {}  # symbols by names they had before
        self.choosing: set[str] = set()  # a chain of them waits to be in charge
        self.left_out = 0  # quotes of whole chains that were not stored
        self._name = asked.name
        self._grid = grid
        self._is_played = is_played
        self._fail = fail
        self._unlisted = Unlisted(asked.name, asked.symbols)
        self._chains = ChainsHeard()
        self._waited: set[str] = set()  # symbols that it was not put in charge of
        self._said_old: set[str] = set()
        self._whole: tuple[QuoteBatch, Waiting] | None = None
        self._taken: tuple[Waiting, int] | None = None  # quotes of it
        self._backlog = Backlog()
        self._storing: QuoteBatch | None = None  # of the book
        self._cell = 0  # of the grid: that of the newest message
        self._cut: tuple[int, Waiting] | None = None
        self._beat = asyncio.Event()

    def beaten(self, in_charge: Mapping[str, int]) -> None:
        """The database has said what the feed is in charge of."""
        self.in_charge = in_charge
        before, self._beat = self._beat, asyncio.Event()
        before.set()

    def connecting(self) -> None:
        """A connection begins: what waited of the one before comes again."""
        self._whole = self._cut = None

    def connected(self, kinds: Kinds, contracts: Sequence[Contract]) -> None:
        if self.book is None or self.book.kinds != kinds:
            self.book, self._backlog = Book(kinds), Backlog()
        contracts = [
            each._replace(symbol=self.aliases.get(each.symbol, each.symbol))
            for each in contracts
        ]
        self.book.connected(contracts)
        self._unlisted.connected()
        self._unlisted.warn({each.symbol for each in contracts})

    def disconnected(self) -> None:
        if self.book is not None:
            self.book.disconnected(
                (self._cell + 1) * self._grid if self._is_played else now()
            )

    def standings(self) -> dict[str, Standing]:
        """How the feed stands with each symbol."""
        of_book = {} if self.book is None else self.book.standings()
        return {**self._chains.standings(), **of_book}

    async def receive(self, item: Updates | QuoteBatch) -> None:
        """Take a message into the book; of a whole chain, wait until it is stored."""
        if isinstance(item, Updates):
            await self._end_cell(item.read_at)
            assert self.book is not None  # it is connected
            self.book.add(item)
        else:
            await self._keep_whole(item)

    async def finish(self) -> None:
        """A recording is over: wait until its last snapshot is stored."""
        await self._store_until(END)

    def take(self, now: int) -> QuoteBatch | None:
        """What is to be stored now, if anything."""
        if self._whole is not None:
            own = self._own(self._whole[0])
            if own is None:  # another source was chosen meanwhile
                self.passed_over()
            else:
                self._taken = self._whole[1], len(own.rows)
            return own
        if self._is_played and self._cut is None:
            return None
        self._backlog.add(self._snapshot(self._cut[0] if self._cut else now))
        waited = self._backlog.take()
        self._storing = None if waited is None else self._own(waited)
        if self.book and waited is not None and self._storing is not waited:
            self.book.show_again(waited)  # another source was chosen meanwhile
        return self._storing

    def stored(self) -> None:
        """What was taken is stored. A chain that came since, on a new connection, is not."""
        self._storing = None
        if self._whole and self._taken and self._whole[1] is self._taken[0]:
            self._settle(self._taken[1])
        if self._cut is not None:
            (_, done), self._cut = self._cut, None
            if not done.done():
                done.set_result(None)

    def take_again(self) -> None:
        """What was taken is not stored, and may be soon."""
        if self.book is not None and self._storing is not None:
            self.book.show_again(self._storing)
        self._storing = None

    def passed_over(self) -> None:
        """What was taken, or was to be, may not be stored any more."""
        self._storing = None
        self._settle(0)

    def not_stored(self, text: str) -> None:
        """What was taken could not be stored. It is taken again, but a recording ends."""
        self._fail(text)
        self.take_again()
        if not self._is_played:
            return
        for waiting in (self._whole, self._cut):
            if waiting is not None and not waiting[1].done():
                waiting[1].set_exception(NotPlayedError(text))
        self._whole = self._cut = None

    def _settle(self, taken: int) -> None:
        if self._whole is not None:
            (batch, done), self._whole = self._whole, None
            self._leave_out(batch, len(batch.rows) - taken)
            if not done.done():
                done.set_result(None)

    def _leave_out(self, batch: QuoteBatch, count: int) -> None:
        """Count quotes that are not stored. Old ones are told, once for each symbol."""
        self.left_out += count
        for symbol in symbols_of(batch) - self._said_old if count else ():
            since = self.in_charge.get(symbol)
            if since is None or oldest_of(batch, symbol) >= since:
                continue
            self._said_old.add(symbol)
            text = (
                f"{symbol} has quotes of before {instant(since).isoformat()}, the time of "
                "another source; they are not stored"
            )
            self._fail(text)
            logger.warning("feed %s: %s", self._name, text)

    async def _keep_whole(self, came: QuoteBatch) -> None:
        """Wait until it is stored; where another source is in charge, it is not."""
        batch = self._unlisted.without(renamed(came, self.aliases))
        self.left_out += len(came.rows) - len(batch.rows)
        self._chains.note(batch)
        self.choosing = symbols_of(batch)
        for _ in range(BEATS_OF_POSITION if batch.position else BEATS_TO_CHOOSE):
            if not self._may_be_chosen(batch):
                break
            await self._beat.wait()
        self.choosing = set()
        self._waited = {*symbols_of(batch), *self._waited} - {*self.in_charge}
        if self._own(batch) is None:
            self._leave_out(batch, len(batch.rows))
            return
        done = asyncio.get_running_loop().create_future()
        self._whole = batch, done
        await done

    def _may_be_chosen(self, batch: QuoteBatch) -> bool:
        """Whether a beat may put the feed in charge of more of these quotes.

        Some are stored at once where the others were waited for before.
        """
        others = symbols_of(batch) - {*self.in_charge}
        return bool(others) and (
            self._own(batch) is None or bool(others - self._waited)
        )

    def _own(self, batch: QuoteBatch) -> QuoteBatch | None:
        """The quotes that this source is in charge of."""
        if not len(batch.rows):
            return batch if batch.rejects or batch.position else None
        since = [self.in_charge.get(each, NOBODYS) for each in batch.symbols]
        own = (
            batch.rows["quote_time"] >= np.array(since, np.int64)[batch.rows["symbol"]]
        )
        if own.all():
            return batch
        if not own.any() and not batch.rejects:
            return None
        raw = [batch.raw[place] for place in np.flatnonzero(own).tolist()]
        position = batch.position if own.any() else None
        return batch._replace(rows=batch.rows[own], raw=raw, position=position)

    def _snapshot(self, now: int) -> QuoteBatch | None:
        """What is new in the book, of the symbols that the feed is in charge of."""
        due = self.book.due(now) if self.book else []
        since = {each: self.in_charge[each] for each in due if each in self.in_charge}
        return self.book.snapshot(since) if self.book and since else None

    async def _end_cell(self, read_at: int) -> None:
        """Before the first message of a new cell: have the snapshot of those before."""
        cell = read_at // self._grid
        if cell <= self._cell:
            return
        self._cell = cell
        if self._is_played:
            await self._store_until(cell * self._grid)
        elif self._storing is not None and self._backlog.has_room:
            self._backlog.add(self._snapshot(read_at))

    async def _store_until(self, cut: int) -> None:
        """Wait until the book is stored as it is at a time; NotPlayedError where it is not."""
        beats = 0
        while not self._may_store(due := self.book.due(cut) if self.book else []):
            if beats == BEATS_TO_CHOOSE:
                raise NotPlayedError(
                    f"{', '.join(due)}: another feed is in charge, or there are newer "
                    "quotes; play the recording into a database of its own"
                )
            await self._beat.wait()
            beats += 1
        if due:
            done = asyncio.get_running_loop().create_future()
            self._cut = cut, done
            await done

    def _may_store(self, due: Sequence[str]) -> bool:
        """Whether it is in charge of all, and of their newest messages."""
        newest = self.standings()
        return all(
            self.in_charge.get(each, ALIVE) <= newest[each].read_at for each in due
        )


def symbols_of(batch: QuoteBatch) -> set[str]:
    """The symbols that it has quotes of."""
    return {batch.symbols[code] for code in np.unique(batch.rows["symbol"]).tolist()}


def oldest_of(batch: QuoteBatch, symbol: str) -> int:
    """The oldest quote_time of a symbol that it has quotes of."""
    own = batch.rows["symbol"] == batch.symbols.index(symbol)
    return int(batch.rows["quote_time"][own].min())
