"""What a panel's events add up to, on the reader's side.

panel = Panel()
async for message in stream(session, query={"symbol": "NIFTY", "strikes": "atm:10"}):
    if panel.apply(message):
        show(panel.chains)
"""

import json
from typing import Any

from api.sse_parser import Message

Row = dict[str, Any]  # a figure by the name of its column


class Chain:
    """One expiry of a panel: its newest quote's time and underlying, and its rows by strike."""

    def __init__(self) -> None:
        self.quote_time: str | None = None
        self.underlying: float | None = None
        self.rows: dict[float, Row] = {}

    def apply(self, sent: dict[str, Any]) -> None:
        self.quote_time, self.underlying = sent["quote_time"], sent["underlying"]
        for strike in sent.get("gone", ()):
            self.rows.pop(strike, None)
        for row in sent["rows"]:
            self.rows.setdefault(row["strike"], {}).update(row)


class Panel:
    """The chains of a panel by symbol and expiry. A `reset` needs nothing: a state follows."""

    def __init__(self) -> None:
        self.clock: str | None = None
        self.chains: dict[tuple[str, str], Chain] = {}

    def apply(self, message: Message) -> bool:
        """Take an event. False where it is none of the panel's own."""
        if message.type not in ("snapshot", "chain"):
            return False
        body = json.loads(message.data)
        if message.type == "snapshot":
            self.chains.clear()
        self.clock = body["clock"]
        for sent in body["chains"]:
            key = (sent["symbol"], sent["expiry"])
            if "expired" not in sent:
                self.chains.setdefault(key, Chain()).apply(sent)
            if "expired" in sent or "left" in sent:
                self.chains.pop(key, None)
        return True
