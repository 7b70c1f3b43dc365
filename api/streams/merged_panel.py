"""A panel of symbols of several servers: one state, and changes of all of them.

Its ids have a position in each server's log. What a reader has seen is counted in looks: each
look at all pieces has a number, and the stands that the pieces had then.
"""

import json
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count, islice
from typing import TypeAlias

from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.api.events.hub import Bounds
from pgstrike.api.events.merged import MergedHub, moved
from pgstrike.api.streams.broadcast import FRESH, Broadcast, heartbeat_at
from pgstrike.api.streams.paced import PacedBroadcast
from pgstrike.api.streams.panel_piece import UNKNOWN, Piece, Source, Stand
from pgstrike.api.streams.panel_text import Changes, delta_text, whole_text
from pgstrike.api.streams.subscription import Panel
from pgstrike.api.streams.throttle import Haste, Throttle
from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import Burst, Frame

LOOKS = 1000  # between two times that those are forgotten where no reader stands
RESUMED = 2**62  # numbers of those that come back: no heartbeat passes them

Stands: TypeAlias = tuple[Stand, ...]  # one of each piece


class MergedPanel(PacedBroadcast):
    """One panel, for all readers that show it."""

    def __init__(
        self,
        panel: Panel,
        sources: Sequence[Source],
        hub: MergedHub,
        pace: Throttle | None,
        haste: Haste,
        bounds: Bounds,
        stir: Callable[[Broadcast], None],
    ) -> None:
        super().__init__(panel, pace, haste, stir)
        self.panel = panel
        self.hub = hub
        self.pieces = [Piece(panel, source, bounds, self) for source in sources]
        for piece in self.pieces:
            own = hub.parts[piece.name].hub
            piece.preload(own.ring, own.oldest)
        self._numbers, self._resumed = count(), count(RESUMED)
        self._stands: dict[int, Stands] = {}
        self._most = LOOKS  # stands, before those that nobody has are forgotten
        self._last = -1  # look
        self._sent = self._look()  # readers in step have everything up to it

    def close(self) -> None:
        for piece in self.pieces:
            piece.close()
        super().close()

    def at(self) -> Position:
        return self._place(self._stands[self._sent])

    def admit(self, had: Mapping[str, Position], ahead: Collection[str]) -> int:
        """What a reader has seen that comes back; `ahead`: of servers that have no such id."""
        stands = tuple(
            Stand(UNKNOWN, had[piece.name], "ahead")
            if piece.name in ahead
            else piece.stand_of(had.get(piece.name))
            for piece in self.pieces
        )
        return self._remember(next(self._resumed), stands)

    def heartbeat(self) -> Burst:
        if not self._is_waiting:
            self._sent = self._look()
        self._bursts.clear()
        if any(seen >= RESUMED for seen in self.readers.all_seen()):
            self.stir()
        return Burst(heartbeat_at(self.at()).frames, self._sent)

    def cut(self) -> Frame:
        return Reset("too_slow", self.at()).frame_with(None)

    def flush(self) -> None:
        self._flush()
        self.stir()

    def _flush(self) -> None:
        self._is_waiting = self._is_due = False
        for piece in self.pieces:
            piece.watch()
        self._bursts.clear()
        burst = self._since(self._stands[self._sent])
        if burst is not None:
            self._bursts[self._sent] = burst
            self._sent = burst.upto

    def mark(self) -> int:
        if self._is_due:
            self._flush()
        return self._sent

    def passed(self, mark: int) -> None:
        self._bursts.clear()

    def _look(self) -> int:
        return self._number(tuple(piece.stand() for piece in self.pieces))

    def _number(self, stands: Stands) -> int:
        """The number of these stands: that of the last ones, if they are the same."""
        if stands != self._stands.get(self._last):
            self._last = self._remember(next(self._numbers), stands)
        return self._last

    def _remember(self, number: int, stands: Stands) -> int:
        self._stands[number] = stands
        if len(self._stands) > self._most:
            self._forget()
        return number

    def _forget(self) -> None:
        """Keep what readers stand at, and the newest: some are not among the readers yet."""
        kept = {self._sent, *islice(reversed(self._stands), LOOKS // 2)}
        kept |= self.readers.all_seen()
        self._stands = {n: each for n, each in self._stands.items() if n in kept}
        self._most = len(self._stands) + LOOKS

    def _burst(self, seen: int) -> Burst | None:
        if seen == FRESH:
            return self._first()
        if self._sent <= seen < RESUMED:
            return None
        return self._since(self._stands.get(seen) or self._forgotten(), seen)

    def _forgotten(self) -> Stands:
        """Of a reader whose look is not known any more."""
        return tuple(
            Stand(UNKNOWN, piece.stand().position, "too_slow") for piece in self.pieces
        )

    def _first(self) -> Burst | None:
        if not self._is_ready():
            return None
        number = self._look()
        frame = self._frame("snapshot", self._whole(), self._stands[number])
        return Burst([frame], number, is_last=False)

    def _is_ready(self) -> bool:
        return all(piece.text.is_ready for piece in self.pieces)

    def _since(self, had: Stands, seen: int = 0) -> Burst | None:
        """The next frames for a reader; None where it has everything, or has to wait."""
        # A reader stays where it is in a piece that is read again.
        now = tuple(map(stand_now, self.pieces, had))
        if any(map(is_ahead, had, now)):
            return None
        reasons = [*map(Piece.reset_since, self.pieces, had, now)]
        is_known = not any(reasons) and all(map(knows, self.pieces, had))
        if not is_known and not self._is_ready():
            return None
        kind = "chain" if is_known else "snapshot"
        text = self._delta(had) if is_known else self._whole()
        others = [
            [] if reason else piece.others_since(*stands)
            for piece, reason, *stands in zip(
                self.pieces, reasons, had, now, strict=True
            )
        ]
        frames = [
            self._reset_of(piece, reason, now)
            for piece, reason in zip(self.pieces, reasons, strict=True)
            if reason
        ]
        frames += self._woven(kind, text, others, had, now)
        if not frames and seen >= RESUMED:
            frames = [Frame(sse.position(str(self._place(now))))]
        return Burst(frames, self._number(now)) if frames else None

    def _whole(self) -> str:
        # Each text begins with its symbol and expiry.
        texts = sorted(text for piece in self.pieces for text in piece.text.chains())
        return whole_text(self.panel, self._clock(), texts)

    def _delta(self, had: Stands) -> str:
        texts, is_clocked = list[str](), False
        for piece, stand in zip(self.pieces, had, strict=True):
            changes = piece.text.changes(stand.id)
            texts += changes.texts
            is_clocked |= changes.is_clocked
        return delta_text(self._clock(), Changes(texts, is_clocked))

    def _clock(self) -> str:
        return max(piece.clock() for piece in self.pieces)

    def _reset_of(self, piece: Piece, reason: str, now: Stands) -> Frame:
        """Without an id: a reader that is cut before its state comes with the one it has."""
        after = str(self._place(now))
        said = {"reason": reason, "after": after, "server": piece.name}
        return Frame(sse.frame(json.dumps(said), event="reset"))

    def _woven(
        self,
        kind: str,
        text: str,
        others: Sequence[Sequence[Event]],
        had: Stands,
        now: Stands,
    ) -> list[Frame]:
        """The frames, each server's in the order of its ids; the last id is now's.

        The text comes as soon as there is an id for it, as in a panel of one server.
        """
        waiting = [*map(deque, others)]
        frames, at, told = list[Frame](), had, had
        while True:
            before = tuple(map(up_to_next, waiting, now))
            if text and before != at:
                frames.append(self._frame(kind, text, before))
                text, told = "", before
            at = before
            place = next((n for n, queue in enumerate(waiting) if queue), None)
            if place is None:
                break
            event = waiting[place].popleft()
            at = told = (
                *at[:place],
                at[place]._replace(position=event.position),
                *at[place + 1 :],
            )
            frames.append(moved(event, self._place(at)).frame)
        if text:
            frames.append(self._frame(kind, text, now))
        elif frames and told != now:
            frames.append(Frame(sse.position(str(self._place(now)))))
        return frames

    def _frame(self, kind: str, text: str, stands: Stands) -> Frame:
        return Frame(sse.line_frame(text, event=kind, id=str(self._place(stands))))

    def _place(self, stands: Stands) -> Position:
        """An id; servers without a symbol of the panel stand where they are."""
        own = {
            piece.name: stand.position
            for piece, stand in zip(self.pieces, stands, strict=True)
        }
        return self.hub.place(0, {**self.hub.at, **own})


def stand_now(piece: Piece, had: Stand) -> Stand:
    return piece.stand() if piece.text.is_ready else had


def is_ahead(had: Stand, now: Stand) -> bool:
    """Whether a reader has what has not arrived here."""
    return had.generation == now.generation and had.id > now.id


def knows(piece: Piece, had: Stand) -> bool:
    """Whether a piece knows what changed; one that is read again has not changed."""
    return not piece.text.is_ready or piece.text.knows(had.id)


def up_to_next(waiting: deque[Event], now: Stand) -> Stand:
    if not waiting:
        return now
    next_one = waiting[0].position
    return now._replace(position=Position(next_one.epoch, next_one.id - 1))
