"""Random events of one symbol, and what panels show of the whole state after each."""

import json
import math
import random
from copy import deepcopy
from typing import Any

from pgstrike.api.chains.market import Market, Read
from pgstrike.api.chains.window import Around, Between, Window
from pgstrike.api.events.event import Event, Position, make_event
from pgstrike.api.streams.subscription import Panel
from tests.support.panels import panel_of

COLUMNS = ["strike", "call_oi", "put_oi", "put_moneyness"]
FIELDS = COLUMNS[1:]
EXPIRIES = ["2025-09-02", "2025-09-09", "2025-09-16", "2025-09-23"]
STRIKES = range(100, 200, 10)
State = dict[str, dict[str, Any]]  # by expiry: quote_time, underlying, gap, rows


class Script:
    """Random events of one symbol, and the state as of each."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.id = 0
        self.clock = "0000"
        self.state: State = {}
        self.dead: set[str] = set()
        self.states = [self.state]
        self.clocks: list[str | None] = [None]

    def event(self) -> Event:
        self.id += 1
        self.state = deepcopy(self.state)
        kind = self.chance.choices(["chain", "clock", "dead", "task"], [12, 1, 1, 2])[0]
        body: dict[str, Any] = {"topic": "chain", "symbol": "X", "expiry": None}
        if kind == "task":
            body = {"topic": "task", "n": self.id}
        else:
            if self.chance.random() < 0.5:
                self.clock = f"{int(self.clock) + 1:04}"
            body["clock"] = self.clock
        if kind == "chain":
            self._quote(body)
        elif kind == "dead" and self.state:
            body["expiry"], body["expired"] = min(self.state), True
            self.dead.add(min(self.state))
            del self.state[min(self.state)]
        self.states.append(self.state)
        self.clocks.append(self.clock if "clock" in body else self.clocks[-1])
        return make_event(
            Position("e", self.id), body["topic"], body.get("symbol"), body.get("expiry"),
            json.dumps(body),
        )  # fmt: skip

    def _quote(self, body: dict[str, Any]) -> None:
        living = [expiry for expiry in EXPIRIES if expiry not in self.dead]
        if not living:
            return
        expiry = body["expiry"] = self.chance.choice(living)
        chain = self.state.setdefault(
            expiry, {"quote_time": "", "underlying": None, "gap": None, "rows": {}}
        )
        head = {
            "quote_time": self.clock,
            "underlying": self.chance.choice([None, *range(95, 205, 5)]),
            "strike_gap": self.chance.choice([None, 10, 10, 20]),
        }
        chosen = sorted(self.chance.sample(STRIKES, self.chance.randrange(1, 8)))
        rows = [
            [strike, *self.chance.choices([None, 0, 1, 2.5], k=2), f"OTM{strike}"]
            for strike in chosen
        ]
        body.update(head, columns=COLUMNS, rows=rows)
        # The newest quote's: of two at once, the lowest strike's.
        if self.clock > chain["quote_time"] or chosen[0] <= chain["head"]:
            chain |= {"quote_time": self.clock, "underlying": head["underlying"]}
            chain |= {"gap": head["strike_gap"], "head": chosen[0]}
        chain["rows"].update({row[0]: row for row in rows})


def shown(panel: Panel, state: State) -> dict[tuple[str, str], dict[float, Any]]:
    """What a panel shows of a state."""
    living = sorted(state)
    named = set(panel.expiries)
    named |= set(living[:1]) if "front" in named else set()
    named |= set(living[1:2]) if "next" in named else set()
    found = {}
    for expiry in living:
        if expiry in named or not named:
            chain = state[expiry]
            found["X", expiry] = {
                strike: {
                    name: row[COLUMNS.index(name)] for name in ("strike", *panel.fields)
                }
                for strike, row in chain["rows"].items()
                if is_within(strike, panel.window, chain)
            }
    return found


def is_within(strike: float, window: Window, chain: dict[str, Any]) -> bool:
    if window is None:
        return True
    if isinstance(window, Between):
        return window.lowest <= strike <= window.highest
    underlying, gap = chain["underlying"], chain["gap"]
    if underlying is None or gap is None:
        return False
    at = min(chain["rows"], key=lambda rung: (abs(rung - underlying), rung))
    return abs(math.ceil((strike - at) / gap - 0.5)) <= window.levels


def make_panel(chance: random.Random, *topics: str) -> Panel:
    windows: list[Window] = [None, Around(0), Around(1), Around(2), Between(120, 150)]
    return panel_of(
        "X",
        expiries=chance.sample(["front", "next", *EXPIRIES[:2]], chance.randrange(3)),
        window=chance.choice(windows),
        fields=sorted(chance.sample(FIELDS, chance.randrange(1, 4))),
        topics=topics,
    )


def make_market() -> Market:
    market = Market("live", COLUMNS, Position("e", 0))
    market.hold("X", Read(0, {"X": []}), 0)
    return market
