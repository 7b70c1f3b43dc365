"""One feed: connected again and again, and how it stands."""

import asyncio
import logging
import traceback
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import numpy as np
import stamina

from pgstrike.db.errors import FeedError, PgstrikeError, one_line
from pgstrike.jobs.feed.times import SECOND, instant, now
from pgstrike.jobs.live.calendar import Calendar
from pgstrike.jobs.live.ending import ending
from pgstrike.jobs.live.handover import Handover, NotPlayedError
from pgstrike.jobs.live.heard import Heard, SymbolsHeard
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.pace import Pace
from pgstrike.jobs.live.plugin import (
    Asked,
    Contract,
    Feed,
    RefusedError,
    Updates,
    Wire,
)
from pgstrike.jobs.live.recording import RecordingOver
from pgstrike.jobs.live.secrets import Given
from pgstrike.jobs.quote import UNKNOWN, QuoteBatch

logger = logging.getLogger(__name__)

NO_ALIASES: Mapping[str, str] = {}
BREATH = 64  # items in a row after which other feeds have their turn
TICK_SECONDS = 0.2


class Connection:
    """A feed that is connected until it is cancelled. All of it is the event loop's."""

    def __init__(
        self, kind: str, asked: Asked, calendar: Calendar, outside: Outside, pace: Pace
    ) -> None:
        self.handover = Handover(
            asked,
            round(pace.grid * SECOND),
            self.note_failure,
            is_played=outside.is_played,
        )
        self.kind = kind
        self._secret = Given(outside.secret)
        self.asked = asked._replace(
            secret=self._secret, left_out=lambda: self.handover.left_out
        )
        self.calendar = calendar
        self.outside = outside
        self.pace = pace
        self.state = "connecting"
        self.failure: str | None = None  # that is not told yet
        self.reconnects = 0
        self.lag: float | None = None
        self.feed: Feed | None = None
        self.contracts: Sequence[Contract] = ()
        self.knows_contracts = True  # the database, of the newest list
        self.heard = Heard()
        self._symbols = SymbolsHeard(monotonic())
        self._refusals = 0

    def beaten(
        self,
        calendar: Calendar,
        in_charge: Mapping[str, int],
        aliases: Mapping[str, str] = NO_ALIASES,
    ) -> None:
        """The database knows how it stood, and has said what it is in charge of.

        `aliases` has the symbols whose earlier names the feed may still use, by these.
        """
        self.calendar = calendar
        self.handover.aliases = aliases
        self.handover.beaten(in_charge)

    async def run(self) -> None:
        """Connect, and connect again; a recording ends, by NotPlayedError where not whole."""
        try:
            await self._run()
        except NotPlayedError:
            raise
        except RecordingOver:
            await self.handover.finish()
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
            if self._secret.has_changed():
                self._refusals = 0
                return

    def note_failure(self, text: str) -> None:
        """Something failed that is not the connection; it is told with the next beat."""
        self.failure = text

    def told(self) -> dict[str, Any]:
        """How it stands, for ops.note_feed; a failure is told once."""
        failure, self.failure = self.failure, None
        reconnects, self.reconnects = self.reconnects, 0
        state = self.state
        silent = None if self.heard.at is None else monotonic() - self.heard.at
        if state == "live" and (silent is None or silent > self.patience()):
            state = "silent"
        return {
            "state": state,
            "failure": failure,
            "reconnects": reconnects,
            "silent_seconds": silent,
            "lag_seconds": self.lag,
        }

    def untold(self, said: Mapping[str, Any], are_contracts: bool) -> None:
        """The database did not get what was told: tell it again. A newer failure counts."""
        self.failure = self.failure or said["failure"]
        self.reconnects += said["reconnects"]
        self.knows_contracts = self.knows_contracts and not are_contracts

    def symbols_told(self) -> list[dict[str, Any]]:
        """How it stands with each symbol, for ops.note_feed."""
        standings = self.handover.standings()
        newest = {symbol: each.read_at for symbol, each in standings.items()}
        silent = self._symbols.silent(newest, now(), monotonic())
        silent.update(dict.fromkeys(self.handover.choosing, 0.0))
        return [
            {
                "symbol": symbol,
                "silent_seconds": silent[symbol],
                "patience_seconds": self.patience(),
                "read_at": instant(standing.read_at).isoformat(),
                "volume": standing.volume,
            }
            for symbol, standing in standings.items()
            if symbol in self.asked.symbols
        ]

    def patience(self) -> float:
        """How long it may be silent before it has stalled."""
        return max(self.pace.patience, self.pace.gaps * self.heard.gap)

    async def _connect(self) -> None:
        """One connection, until it fails. Returns where the next try needs no pause."""
        self.state, began = "connecting", monotonic()
        self.handover.connecting()
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
            self.handover.disconnected()

    async def _list(self, feed: Feed, wire: Wire) -> None:
        try:
            async with asyncio.timeout(self.pace.asking):
                contracts = await feed.contracts(wire)
        except TimeoutError:
            raise FeedError(
                f"no list of contracts within {self.pace.asking:g} s; see the source"
            ) from None
        self.handover.connected(feed.kinds, contracts)
        self.contracts, self.knows_contracts = contracts, not contracts

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
        async with ending(feed.updates(wire, self.contracts)) as items:
            async for item in items:
                self._hear(item)
                await self.handover.receive(item)
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
