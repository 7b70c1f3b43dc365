"""Events in the api: each is parsed and encoded once, for all readers."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, TypeAlias

from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import Frame

TOPICS = (
    "chain",
    "snapshot",
    "rollup",
    "metrics",
    "task",
    "ops",
    "alert",
    "prediction",
)
Body: TypeAlias = Mapping[str, Any]
# In the database an id is a bigint, so not every number of 19 digits is one.
POSITION = re.compile(r"([0-9A-Za-z]{1,32}):([0-8]?[0-9]{1,18})")

# A place in the logs of several servers: one position of each.
POSITIONS = re.compile(rf"{POSITION.pattern}(?:,{POSITION.pattern}){{0,31}}")


class Position(NamedTuple):
    """A place in the log of events; ids compare within one epoch only."""

    epoch: str
    id: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        match = POSITION.fullmatch(text)
        return match and cls(match[1], int(match[2]))


class Event:
    """One event, and the frame it is sent as.

    It holds its parsed payload until the hub has passed it to every taker. What the hub keeps
    is the frame alone.
    """

    __slots__ = ("_body", "expiry", "frame", "position", "symbol", "topic")

    def __init__(
        self,
        position: Position,
        topic: str,
        symbol: str | None,
        expiry: str | None,
        frame: Frame,
        body: Body | None = None,
    ) -> None:
        self.position = position
        self.topic = topic
        self.symbol = symbol
        self.expiry = expiry
        self.frame = frame
        self._body = body

    @property
    def body(self) -> Body:
        """The payload, parsed. ValueError where it is no JSON."""
        return json.loads(self.payload) if self._body is None else self._body

    def drop_body(self) -> None:
        self._body = None

    @property
    def payload(self) -> bytes:
        """The data of the frame, as a reader joins it."""
        _, _, data = self.frame.plain.partition(b"\ndata: ")
        return data[:-2].replace(b"\ndata: ", b"\n")


class Reset(NamedTuple):
    """Sent in place of missed events: the reader must read again, and goes on at `position`."""

    reason: str
    position: Position

    def frame(self) -> Frame:
        """For a reader that goes on after the position."""
        return self.frame_with(str(self.position))

    def frame_with(self, id: str | None) -> Frame:
        """With another id, or none: the reader then keeps the one it has."""
        data = json.dumps({"reason": self.reason, "after": str(self.position)})
        return Frame(sse.frame(data, event="reset", id=id))


class Filter(NamedTuple):
    """Which events a reader wants; an empty set means any.

    An event that is about no symbol, or no expiry, concerns the readers of every one.
    """

    topics: Collection[str] = frozenset()
    symbols: Collection[str] = frozenset()
    expiries: Collection[str] = frozenset()

    def passes(self, event: Event) -> bool:
        return (
            (not self.topics or event.topic in self.topics)
            and (not self.symbols or event.symbol in self.symbols or not event.symbol)
            and (not self.expiries or event.expiry in self.expiries or not event.expiry)
        )


def make_event(
    position: Position,
    topic: str,
    symbol: str | None,
    expiry: str | None,
    payload: str,
    body: Body | None = None,
) -> Event:
    frame = Frame(sse.frame(payload, event=topic, id=str(position)))
    return Event(position, topic, symbol, expiry, frame, body)


def parse_event(payload: str) -> Event:
    """The event that a notification is. ValueError where it is none."""
    body = json.loads(payload)
    try:
        position = Position(body["epoch"], body["id"])
        symbol, expiry = body.get("symbol"), body.get("expiry")
        return make_event(position, body["topic"], symbol, expiry, payload, body)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an event: {payload[:80]!r}") from error
