"""A panel: the state of the chains that a reader wants, then its changes.

Nothing is kept per reader: the id it has seen determines what to send. One delta is encoded
for all readers in step, and one more for each group that lags by the same.
"""

import math
from collections.abc import Callable, Iterable
from time import monotonic
from typing import NamedTuple

from pgstrike.api.chains.market import Market
from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.api.events.hub import Bounds
from pgstrike.api.streams.broadcast import (
    BURST_BYTES,
    FRESH,
    RESTARTED,
    Broadcast,
    heartbeat_at,
)
from pgstrike.api.streams.event_buffer import EventBuffer
from pgstrike.api.streams.paced import PacedBroadcast
from pgstrike.api.streams.panel_text import PanelText
from pgstrike.api.streams.subscription import Panel
from pgstrike.api.streams.throttle import Haste, Throttle
from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import Burst, Frame
from pgstrike.db.errors import DatabaseError

STATE_SECONDS = 1.0  # that a large state is shared by those who come


class Step(NamedTuple):
    """A frame for readers that have seen everything up to `since`."""

    since: int
    upto: int
    frame: Frame


class PanelBroadcast(PacedBroadcast):
    """One panel, for all readers that show it."""

    def __init__(
        self,
        panel: Panel,
        market: Market,
        pace: Throttle | None,
        haste: Haste,
        bounds: Bounds,
        stir: Callable[[Broadcast], None],
    ) -> None:
        super().__init__(panel, pace, haste, stir)
        self.panel = panel
        self.market = market
        self.text = PanelText(panel, market)
        self._is_merging = False  # too little time for each event: one delta for all
        # The ids up to which readers in step have everything, and up to which we looked.
        self._sent = self._looked = market.at
        self._state: Burst | None = None  # for new readers
        self._state_until = math.inf
        self._steps: list[Step] = []  # before what they have, in order
        self._others = EventBuffer(bounds, market.at)
        market.add(self, panel.symbols, passes=bool(panel.topics))

    def close(self) -> None:
        self.text.close()
        self.market.remove(self, self.panel.symbols)
        super().close()

    def preload(self, events: Iterable[Event], since: int) -> None:
        """Know the events of other topics after an id, for readers that resume."""
        if self.panel.topics:
            self._others.since = since
            for event in filter(self._passes, events):
                if event.position.id <= self.market.at:
                    self._others.keep(event)

    def at(self) -> Position:
        return self.market.position(self.market.at)

    def state(self) -> str:
        """The state as an answer to who does not stream; DatabaseError while there is none."""
        if not self.text.is_ready:
            raise DatabaseError("the chains are being read again")
        at = self.market.position(self.market.at)
        return f'{{"event":"{at}",{self.text.whole()[1:]}'

    def heartbeat(self) -> Burst:
        self._forget_old_state()
        if not self._is_waiting:
            self._looked = self.market.at
        if not self._steps:
            self._sent = self._looked
        return heartbeat_at(self.market.position(self._sent))

    def cut(self) -> Frame:
        # It keeps its id, so the changes that it missed can still be sent as a delta.
        return Reset("too_slow", self.market.position(self._sent)).frame_with(None)

    def flush(self) -> None:
        self._flush(self.market.at)
        self.stir()

    def _flush(self, upto: int) -> None:
        self._is_waiting = self._is_due = False
        is_merging, self._is_merging = self._is_merging, False
        self.market.watch(self, self.panel.symbols)
        if not self.text.is_ready:
            return
        self._looked = upto
        self._bursts.clear()
        if is_merging:
            self._steps.clear()
            self._sent = upto
        elif text := self.text.delta(self._sent):
            self._step(upto, self._frame("chain", text, upto))

    def _step(self, upto: int, frame: Frame) -> None:
        self._steps.append(Step(self._sent, upto, frame))
        self._sent = upto

    def pass_on(self, event: Event) -> None:
        if not self._passes(event):
            return
        self._others.keep(event)
        if not self.text.is_ready:
            return
        if self._is_merging or not self.haste.allowance.is_left():
            self._is_merging = True
            return self._wait()
        with self.haste.allowance.spending():
            id = event.position.id
            self._flush(id - 1)
            self._looked = id
            self._step(id, event.frame)
            self.stir()

    def _passes(self, event: Event) -> bool:
        return passes_on(self.panel, self.market, event)

    def restart(self, reset: Reset) -> None:
        self.text.renew()
        self._is_merging = False
        self._forget_state()
        self._steps.clear()
        self._others.restart(reset.position.id)
        self._sent = self._looked = reset.position.id
        super().restart(reset)

    def ready(self) -> None:
        self.text.renew()
        self._forget_state()
        self._sent = self._looked = self.market.at
        self._bursts.clear()
        self.stir()

    def mark(self) -> int:
        if self._is_due:
            self._flush(self.market.at)
        self._forget_old_state()
        return self._sent

    def passed(self, mark: int) -> None:
        self._steps = [step for step in self._steps if step.upto > mark]
        self._bursts.clear()

    def _burst(self, seen: int) -> Burst | None:
        if not self.text.is_ready or seen >= self._looked:
            return None
        for place, step in enumerate(self._steps):
            if step.since == seen:
                steps = self._steps[place:]
                return Burst([step.frame for step in steps], steps[-1].upto)
        if seen == FRESH:
            return self._first()
        frames = self._merged(seen)
        return Burst(frames, self.market.at) if frames else None

    def _first(self) -> Burst:
        """The state, and a large one made at most once a second: changes since then follow."""
        state = self._state
        if state is None or not self.text.knows(state.upto):
            frame = self._frame("snapshot", self.text.whole(), self.market.at)
            state = Burst([frame], self.market.at, is_last=False)
            if len(frame.plain) > BURST_BYTES:
                self._state, self._state_until = state, monotonic() + STATE_SECONDS
        return state

    def _forget_old_state(self) -> None:
        if monotonic() > self._state_until:
            self._forget_state()

    def _forget_state(self) -> None:
        self._state, self._state_until = None, math.inf

    def _merged(self, seen: int) -> list[Frame]:
        """The state or one delta, and passed-on events, with a reset where those are lost."""
        if seen == RESTARTED:
            assert self._reset is not None
            others = self._others.after(self._reset.position.id)
            return self._reset_and_state(self._reset, others)
        if self.panel.topics and seen < self._others.since:
            reset = Reset("too_slow", self.market.position(self.market.at))
            return self._reset_and_state(reset, [])
        others = self._others.after(seen)
        if self.text.knows(seen):
            return self._woven("chain", self.text.delta(seen), others, seen)
        return self._woven("snapshot", self.text.whole(), others, seen)

    def _reset_and_state(self, reset: Reset, others: list[Event]) -> list[Frame]:
        # Without an id: a reader cut between the two has no state to resume from.
        woven = self._woven("snapshot", self.text.whole(), others, FRESH)
        return [reset.frame_with(""), *woven]

    def _woven(
        self, kind: str, text: str, others: list[Event], seen: int
    ) -> list[Frame]:
        """The frames in the order of their ids, the last of which is now's.

        The text holds the newest state, and comes as soon as there is an id for it: a reader
        that is cut after an event must not resume with its id but without its state.
        """
        frames, previous, now = list[Frame](), seen, self.market.at
        for event in others:
            id = event.position.id
            if text and id - 1 > previous:
                frames.append(self._frame(kind, text, id - 1))
                text = ""
            frames.append(event.frame)
            previous = id
        if text:
            frames.append(self._frame(kind, text, now))
        elif frames and previous < now:
            frames.append(Frame(sse.position(str(self.market.position(now)))))
        return frames

    def _frame(self, kind: str, text: str, id: int) -> Frame:
        return Frame(sse.line_frame(text, event=kind, id=f"{self.market.epoch}:{id}"))


def passes_on(panel: Panel, market: Market, event: Event) -> bool:
    """Whether a panel has asked for an event of another topic."""
    return (
        event.topic in panel.topics
        and panel.rights.passes(event)
        and (not event.symbol or event.symbol in panel.symbols)
        and market.has_expiry(panel.expiries, event)
    )
