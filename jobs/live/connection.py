"""One feed: connected again and again, its book, and how it stands."""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
import stamina

from pgstrike.db.errors import FeedError, PgstrikeError, one_line
from pgstrike.jobs.feed.times import SECOND, instant, microseconds
from pgstrike.jobs.live.book import ALIVE, Book, Standing
from pgstrike.jobs.live.heard import ChainsHeard, Heard, SymbolsHeard
from pgstrike.jobs.live.listed import Listed
from pgstrike.jobs.live.pace import Pace
from pgstrike.jobs.live.plugin import (
    Asked,
    Contract,
    Feed,
    RefusedError,
    Updates,
    Wire,
)
from pgstrike.jobs.live.plugins import MakeFeed
from pgstrike.jobs.live.recording import RecordingOver
from pgstrike.jobs.quote import UNKNOWN, QuoteBatch

logger = logging.getLogger(__name__)

BREATH = 64  # items in a row after which other feeds have their turn
TICK_SECONDS = 0.2
BEATS_OF_POSITION = 30
BEATS_TO_CHOOSE = 3  # until a source that was just heard can be in charge
END = 2**62  # a time after all others
OpenWire = Callable[[str], AbstractAsyncContextManager[Wire]]


class Outside(NamedTuple):
    """What is not ours: plug-ins by kind, the way to the source, and secrets."""

    plugin_of: Callable[[str], MakeFeed]
    open_wire: OpenWire  # by the name of a feed
    secret: Callable[[str], str]
    is_played: bool = False  # the wires play recordings


class NotPlayedError(RecordingOver):
    """A recording cannot be stored whole; what follows is not played."""


class Calendar(NamedTuple):
    """What the calendar says of the feed's symbols."""

    is_open: bool
    listing_day: str


class Connection:
    """A feed that is connected until it is cancelled. All of it is the event loop's."""

    def __init__(
        self, kind: str, asked: Asked, calendar: Calendar, outside: Outside, pace: Pace
    ) -> None:
        self.kind = kind
        self.asked = asked._replace(secret=self._secret, left_out=lambda: self.left_out)
        self.calendar = calendar
        self.outside = outside
        self.pace = pace
        self.state = "connecting"
        self.failure: str | None = None  # that is not told yet
        self.reconnects = 0
        self.lag: float | None = None
        self.feed: Feed | None = None
        self.book: Book | None = None
        self.contracts: Sequence[Contract] = ()
        self.is_listed = True  # whether the contracts are known to the database
        self.heard = Heard()
        self.in_charge: Mapping[str, int] = {}
        self.left_out = 0  # quotes of whole chains that were not stored
        self._listed = Listed(asked.name, asked.symbols)
        self._waited: set[str] = set()  # symbols that it was not put in charge of
        self._said_old: set[str] = set()
        self._chains = ChainsHeard()
        self._symbols = SymbolsHeard()
        self._whole: tuple[QuoteBatch, asyncio.Future[None]] | None = None
        self._taken: tuple[asyncio.Future[None], int] | None = None  # quotes of it
        self._cell = 0  # of the grid, in a recording: that of its newest message
        self._cut: tuple[int, asyncio.Future[None]] | None = None
        self._choosing: set[str] = set()  # a chain of them waits to be in charge
        self._refusals = 0
        self._given: dict[str, str] = {}  # secrets, as the feed read them last
        self._beat = asyncio.Event()

    def beaten(self, calendar: Calendar, in_charge: Mapping[str, int]) -> None:
        """The database knows how it stood, and has said what it is in charge of."""
        self.calendar, self.in_charge = calendar, in_charge
        before, self._beat = self._beat, asyncio.Event()
        before.set()

    async def run(self) -> None:
        """Connect, and connect again; a recording ends, by NotPlayedError where not whole."""
        try:
            await self._run()
        except NotPlayedError:
            raise
        except RecordingOver:
            await self._store_until(END)
        finally:
            self.state = "stopped"

    async def _run(self) -> None:
        while True:
            try:
                async for attempt in stamina.retry_context(
                    on=self._goes_on,
                    attempts=None,
                    timeout=None,
                    wait_initial=self.pace.first,
                    wait_max=self.pace.most,
                    wait_jitter=self.pace.first,
                ):
                    with attempt:
                        await self._connect()
            except RefusedError:
                self.state = "refused"
                await self._rest()

    async def _rest(self) -> None:
        """Wait until a secret has changed, at most `pace.refused`; then one try is left."""
        self._refusals = self.pace.refusals - 1
        ends = monotonic() + self.pace.refused
        while (left := ends - monotonic()) > 0:
            await asyncio.sleep(min(left, self.pace.beat))
            if self._is_new_secret():
                self._refusals = 0
                return

    def _is_new_secret(self) -> bool:
        """Whether a secret that was given is another by now; one that is gone is none."""
        for name, value in self._given.items():
            with contextlib.suppress(FeedError):
                if self.outside.secret(name) != value:
                    return True
        return False

    def _secret(self, name: str) -> str:
        self._given[name] = self.outside.secret(name)
        return self._given[name]

    def take(self, now: int) -> QuoteBatch | None:
        """What is to be stored now, if anything."""
        if self._whole is not None:
            own = self._own(self._whole[0])
            if own is None:  # another source was chosen meanwhile
                self.passed_over()
            else:
                self._taken = self._whole[1], len(own.rows)
            return own
        if self.book is None:
            return None
        if self.outside.is_played:
            if self._cut is None:
                return None
            now = self._cut[0]
        due = [symbol for symbol in self.book.due(now) if symbol in self.in_charge]
        if not due:
            return None
        return self.book.snapshot({symbol: self.in_charge[symbol] for symbol in due})

    def stored(self) -> None:
        """What was taken is stored. A chain that came since, on a new connection, is not."""
        if self._whole and self._taken and self._whole[1] is self._taken[0]:
            self._settle(self._taken[1])
        if self._cut is not None:
            _, done = self._cut
            self._cut = None
            if not done.done():
                done.set_result(None)

    def passed_over(self) -> None:
        """What was taken, or was to be, may not be stored any more."""
        self._settle(0)

    def _settle(self, taken: int) -> None:
        if self._whole is not None:
            batch, done = self._whole
            self._whole = None
            self._leave_out(batch, len(batch.rows) - taken)
            if not done.done():
                done.set_result(None)

    def _leave_out(self, batch: QuoteBatch, count: int) -> None:
        """Count quotes that are not stored. Old ones are told, once for each symbol."""
        self.left_out += count
        if not count:
            return
        for symbol in symbols_of(batch):
            least = self.in_charge.get(symbol)
            if least is None or symbol in self._said_old:
                continue
            code = batch.symbols.index(symbol)
            times = batch.rows["quote_time"][batch.rows["symbol"] == code]
            if times.min() < least:
                self._said_old.add(symbol)
                text = (
                    f"{symbol} has quotes of before {iso(least)}, the time of another "
                    "source; they are not stored"
                )
                self.note_failure(text)
                logger.warning("feed %s: %s", self.asked.name, text)

    def note_failure(self, text: str) -> None:
        """Something failed that is not the connection; it is told with the next beat."""
        self.failure = text

    def not_stored(self, text: str) -> None:
        """What was taken could not be stored; it is told with the next beat."""
        self.failure = text
        if self.outside.is_played:
            for done in self._take_waiting():
                done.set_exception(NotPlayedError(text))

    def _take_waiting(self) -> list["asyncio.Future[None]"]:
        """What waits until something is stored."""
        waiting = [each[1] for each in (self._whole, self._cut) if each is not None]
        self._whole = self._cut = None
        return [each for each in waiting if not each.done()]

    def told(self) -> dict[str, Any]:
        """How it stands, for ops.note_feed; a failure is told once."""
        now = monotonic()
        failure, self.failure = self.failure, None
        reconnects, self.reconnects = self.reconnects, 0
        state = self.state
        is_silent = self.heard.at is None or now - self.heard.at > self.patience()
        if state == "live" and is_silent:
            state = "silent"
        silent = None if self.heard.at is None else now - self.heard.at
        return {
            "state": state,
            "failure": failure,
            "reconnects": reconnects,
            "silent_seconds": silent,
            "lag_seconds": self.lag,
        }

    def untold(self, said: Mapping[str, Any], are_contracts: bool) -> None:
        """What was told did not arrive: tell it again. A newer failure counts."""
        self.failure = self.failure or said["failure"]
        self.reconnects += said["reconnects"]
        self.is_listed = self.is_listed and not are_contracts

    def symbols_told(self) -> list[dict[str, Any]]:
        """How it stands with each symbol, for ops.note_feed."""
        now, wall = monotonic(), wall_now()
        return [
            {
                "symbol": symbol,
                "silent_seconds": 0.0
                if symbol in self._choosing
                else self._symbols.silent(symbol, standing.read_at, wall, now),
                "patience_seconds": self.patience(),
                "read_at": iso(standing.read_at),
                "volume": standing.volume,
            }
            for symbol, standing in self.standings().items()
            if symbol in self.asked.symbols
        ]

    def standings(self) -> dict[str, Standing]:
        of_book = {} if self.book is None else self.book.standings()
        return {**self._chains.standings(), **of_book}

    def patience(self) -> float:
        """How long it may be silent before it has stalled."""
        return max(self.pace.patience, self.pace.gaps * self.heard.gap)

    async def _connect(self) -> None:
        """One connection, until it fails. Returns where the next try needs no pause."""
        self.state, began = "connecting", monotonic()
        self._whole = self._cut = None
        day = "" if self.outside.is_played else self.calendar.listing_day
        try:
            self.feed = self.outside.plugin_of(self.kind)(self.asked)
            async with self.outside.open_wire(self.asked.name) as wire:
                await self._list(self.feed, wire)
                await self._watch(self.feed, wire, day)
        except RecordingOver:
            raise
        except RefusedError as error:
            self._refusals += 1
            self._fail(one_line(error))
            raise
        except Exception as error:
            self._refusals = 0
            self._fail(words_of(error))
            if monotonic() - began < self.pace.steady:
                raise
        finally:
            self.reconnects += 1
            if self.book is not None:
                self.book.disconnected(self._now())

    async def _list(self, feed: Feed, wire: Wire) -> None:
        try:
            async with asyncio.timeout(self.pace.asking):
                contracts = await feed.contracts(wire)
        except TimeoutError:
            raise FeedError(
                f"no list of contracts within {self.pace.asking:g} s; see the source"
            ) from None
        if self.book is None or self.book.kinds != feed.kinds:
            self.book = Book(feed.kinds)
        self.book.connected(contracts)
        self._listed.connected()
        self._listed.warn({each.symbol for each in contracts})
        self.contracts, self.is_listed = contracts, not contracts

    async def _watch(self, feed: Feed, wire: Wire, day: str) -> None:
        """Read until it fails, is silent for too long in a session, or a new day begins."""
        began = monotonic()
        reading = asyncio.create_task(self._read(feed, wire))
        try:
            while not reading.done():
                await asyncio.wait(
                    {reading}, timeout=min(TICK_SECONDS, self.pace.first)
                )
                if day and self.calendar.listing_day != day:
                    logger.info(
                        "feed %s: a new day; it is connected anew", self.asked.name
                    )
                    return
                self._refuse_silence(began)
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        raise FeedError("the source ended the connection")

    async def _read(self, feed: Feed, wire: Wire) -> None:
        count = 0
        async for item in feed.updates(wire, self.contracts):
            if self.outside.is_played and isinstance(item, Updates):
                await self._store_before(item.read_at)
            self._hear(item)
            if isinstance(item, Updates):
                assert self.book is not None
                self.book.add(item)
            else:
                await self._keep_whole(item)
            count += 1
            if count % BREATH == 0:
                await asyncio.sleep(0)

    def _hear(self, item: Updates | QuoteBatch) -> None:
        self.state, self._refusals = "live", 0
        self.heard.note(monotonic())
        rows = item.rows
        stamps = rows["exchange_time"] if len(rows) else np.empty(0, np.int64)
        if len(stamps) and (newest := int(stamps.max())) != UNKNOWN:
            read_at = (
                item.read_at
                if isinstance(item, Updates)
                else int(rows["quote_time"].max())
            )
            self.lag = (read_at - newest) / SECOND

    async def _keep_whole(self, came: QuoteBatch) -> None:
        """Wait until it is stored; where another source is in charge, it is not."""
        batch = self._listed.of(came)
        self.left_out += len(came.rows) - len(batch.rows)
        self._chains.note(batch)
        # What a position leaves out never comes again.
        self._choosing = symbols_of(batch)
        for _ in range(BEATS_OF_POSITION if batch.position else BEATS_TO_CHOOSE):
            if not self._may_be_chosen(batch):
                break
            await self._beat.wait()
        self._choosing = set()
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

    def _now(self) -> int:
        """Of a recording it is the next edge of the grid."""
        if not self.outside.is_played:
            return wall_now()
        return (self._cell + 1) * round(self.pace.grid * SECOND)

    async def _store_before(self, read_at: int) -> None:
        """In a recording: what came in an earlier cell of the grid is stored first."""
        width = round(self.pace.grid * SECOND)
        cell = read_at // width
        if cell > self._cell:
            self._cell = cell
            await self._store_until(cell * width)

    async def _store_until(self, cut: int) -> None:
        """Wait until the book is stored as it is at a time; NotPlayedError where it is not."""
        for _ in range(BEATS_TO_CHOOSE):
            due = self.book.due(cut) if self.book else []
            newest = self.standings()
            if all(
                self.in_charge.get(each, ALIVE) <= newest[each].read_at for each in due
            ):
                break
            await self._beat.wait()
        else:
            raise NotPlayedError(
                f"{', '.join(due)}: another feed is in charge, or there are newer quotes; "
                "play the recording into a database of its own"
            )
        if due:
            done = asyncio.get_running_loop().create_future()
            self._cut = cut, done
            await done

    def _own(self, batch: QuoteBatch) -> QuoteBatch | None:
        """The quotes that this source is in charge of."""
        least = np.array(
            [
                self.in_charge.get(each, np.iinfo(np.int64).max)
                for each in batch.symbols
            ],
            np.int64,
        )
        if not len(batch.rows):
            return batch if batch.rejects or batch.position else None
        own = batch.rows["quote_time"] >= least[batch.rows["symbol"]]
        if own.all():
            return batch
        if not own.any() and not batch.rejects:
            return None
        raw = [batch.raw[place] for place in np.flatnonzero(own).tolist()]
        place = batch.position if own.any() else None
        return batch._replace(rows=batch.rows[own], raw=raw, position=place)

    def _refuse_silence(self, began: float) -> None:
        last = max(began, self.heard.at or began)
        limit = max(self.pace.silence, self.pace.gaps * self.patience())
        silent = monotonic() - last
        if self.calendar.is_open and silent > limit:
            raise FeedError(f"no message for {silent:.0f} s in a session")

    def _fail(self, text: str) -> None:
        self.state, self.failure = "waiting", text
        logger.warning("feed %s: %s", self.asked.name, text)

    def _goes_on(self, error: BaseException) -> bool:
        """Whether to connect again. stamina asks also when the task is cancelled."""
        if isinstance(error, RefusedError):
            return self._refusals < self.pace.refusals
        return isinstance(error, Exception) and not isinstance(error, RecordingOver)


def symbols_of(batch: QuoteBatch) -> set[str]:
    """The symbols that it has quotes of."""
    return {batch.symbols[code] for code in np.unique(batch.rows["symbol"]).tolist()}


def words_of(error: Exception) -> str:
    """The failure, word for word where it is ours or the system's.

    What another library says may hold an address with a secret in it.
    """
    if isinstance(error, PgstrikeError | OSError):
        return one_line(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{type(error).__name__} at {place.filename.rpartition('/')[2]}:{place.lineno}; "
        "mend the plug-in"
    )


def wall_now() -> int:
    return microseconds(datetime.now(UTC))


def iso(read_at: int) -> str:
    return instant(read_at).isoformat()
