"""The chains of a panel, kept up to date by the events of its stream."""

import contextlib
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Any

from pgstrike_client.errors import PgstrikeError
from pgstrike_client.sse import Event
from pgstrike_client.stream import Stream

Row = dict[str, Any]  # a figure by the name of its column
HEAD = ("forward", "forward_source", "strike_gap")


class Chain:
    """One expiry of a panel.

    `rows` has a row for each strike, by strike, in ascending order. `quote_time` (UTC) and
    `underlying` are those of the newest quote. `head` has the other figures of the chain that
    `fields` named: forward, forward_source, strike_gap.
    """

    def __init__(self, symbol: str, expiry: str) -> None:
        self.symbol = symbol
        self.expiry = expiry
        self.quote_time: datetime | None = None
        self.underlying: float | None = None
        self.rows: dict[float, Row] = {}
        self.head: Row = {}

    def apply(self, sent: dict[str, Any]) -> None:
        self.quote_time = time_of(sent["quote_time"])
        self.underlying = sent["underlying"]
        for strike in sent.get("gone", ()):
            self.rows.pop(strike, None)
        known = len(self.rows)
        for row in sent["rows"]:
            self.rows.setdefault(row["strike"], {}).update(row)
        if len(self.rows) > known:
            self.rows = dict(sorted(self.rows.items()))
        self.head |= {name: sent[name] for name in HEAD if name in sent}


class Panel:
    """The chains by symbol and expiry, and the market's clock (UTC).

    `event` is the newest event that was applied.
    """

    def __init__(self) -> None:
        self.clock: datetime | None = None
        self.chains: dict[tuple[str, str], Chain] = {}
        self.event: Event | None = None

    def apply(self, event: Event) -> bool:
        """Take an event. False where it changes no chain.

        A `reset` changes nothing, because the new state follows it.
        """
        if event.type not in ("snapshot", "chain"):
            return False
        try:
            body = event.body
            if event.type == "snapshot":
                self.chains.clear()
            self.clock = time_of(body["clock"])
            for sent in body["chains"]:
                self._take(sent)
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
        ) as error:
            raise PgstrikeError(
                "bad_event", f"event {event.id} ({event.type}) is not one of a panel"
            ) from error
        self.event = event
        return True

    def _take(self, sent: dict[str, Any]) -> None:
        symbol, expiry = key = (sent["symbol"], sent["expiry"])
        if "expired" not in sent:
            self.chains.setdefault(key, Chain(symbol, expiry)).apply(sent)
        if "expired" in sent or "left" in sent:
            self.chains.pop(key, None)


class PanelStream:
    """Iterate over it once: `async for panel in stream`.

    It yields the panel after each event that changes it. This is the same object each time:
    copy the parts you keep. `on_event` is called with the other events: resets, and those of
    other topics. `mode` says how the connection is.
    """

    def __init__(
        self, stream: Stream, on_event: Callable[[Event], None] | None = None
    ) -> None:
        self.stream = stream
        self.on_event = on_event
        self.panel = Panel()

    @property
    def mode(self) -> str:
        return self.stream.mode

    async def __aiter__(self) -> AsyncGenerator[Panel]:
        async with contextlib.aclosing(aiter(self.stream)) as events:
            async for event in events:
                if self.panel.apply(event):
                    yield self.panel
                elif self.on_event is not None:
                    self.on_event(event)


def time_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
