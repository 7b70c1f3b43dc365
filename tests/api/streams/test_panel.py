"""api.streams.panel against a model that keeps the whole state of every event."""

import contextlib
import json
import math
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from unittest.mock import Mock

import pytest

from pgstrike.api.chains.market import Market, Read
from pgstrike.api.chains.updates import parse_update
from pgstrike.api.chains.window import Around, Between, Window
from pgstrike.api.events.event import Event, Position, Reset, make_event
from pgstrike.api.events.hub import Bounds
from pgstrike.api.streams.allowance import Allowance
from pgstrike.api.streams.broadcast import FRESH, RESTARTED
from pgstrike.api.streams.panel import PanelBroadcast
from pgstrike.api.streams.subscription import Panel
from pgstrike.api.streams.throttle import Haste
from tests.support.fakes import FakeReader
from tests.support.panel_reader import Held
from tests.support.panels import panel_of
from tests.support.sse_reader import Parser

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


class Watcher:
    """A reader of the feed, and what it holds."""

    def __init__(self, feed: PanelBroadcast, held: Held | None = None) -> None:
        self.feed = feed
        self.held = held or Held()
        self.reader = FakeReader(FRESH if held is None else held.id)
        self.parser = Parser()
        self.types: list[str] = []

    def read(self) -> list[int]:
        """Take what is pending; the ids of the frames."""
        ids = []
        while burst := self.feed.pending(self.reader.seen):
            self.reader.write(burst)
            if burst.is_last:
                break
        for event in self.parser.feed(self.reader.written):
            self.held.apply(event)
            self.types.append(event.type)
            ids.append(self.held.id)
        self.reader.written = b""
        if self.parser.last_id:
            self.held.id = int(self.parser.last_id.rpartition(":")[2])
        return ids


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


def make_feed(
    market: Market, panel: Panel, pace: Any = None, allowance: Allowance | None = None
) -> PanelBroadcast:
    haste = Haste(allowance or Allowance(most=math.inf), Mock())
    return PanelBroadcast(panel, market, pace, haste, Bounds(1000, 10**6), Mock())


class Some(Allowance):
    """Left half of the time."""

    def __init__(self) -> None:
        self.chance = random.Random(1)

    def is_left(self) -> bool:
        return self.chance.random() < 0.5

    @contextlib.contextmanager
    def spending(self) -> Iterator[None]:
        yield


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("topics", [(), ("task",)])
def test_prompt_reader_holds_every_state(seed: int, topics: tuple[str, ...]) -> None:
    """Each event is a frame, and holds what the model says as of its id."""
    chance = random.Random(seed)
    script, market, panel = Script(chance), make_market(), make_panel(chance, *topics)
    feed = make_feed(market, panel)
    watcher = Watcher(feed)
    for _ in range(150):
        mark = feed.mark()
        watcher.read()
        feed.passed(mark)
        held = watcher.held
        assert held.rows == shown(panel, script.state)
        assert held.clock == script.clocks[held.id]
        for key, chain in ((key, script.state[key[1]]) for key in held.rows):
            assert held.quote_times[key] == chain["quote_time"]
            assert held.underlyings[key] == chain["underlying"]
        market.take(script.event())
    tasks = [body["n"] for body in watcher.held.others]
    assert tasks == sorted(set(tasks))
    assert watcher.types.count("snapshot") == 1


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("topics", [(), ("task",)])
@pytest.mark.parametrize(
    ("pace", "allowance"),
    [(Mock(), None), (None, Some()), (Mock(), Some())],
)
def test_lagging_and_resuming_readers_end_right(
    seed: int, topics: tuple[str, ...], pace: Any, allowance: Any
) -> None:
    """Whoever reads, and comes back, whenever it likes: told once, and in order."""
    chance = random.Random(seed)
    script, market, panel = Script(chance), make_market(), make_panel(chance, *topics)
    feed = make_feed(market, panel, pace, allowance)
    watchers = [Watcher(feed) for _ in range(4)]
    for number in range(300):
        if chance.random() < 0.3:
            feed.flush()
            place = chance.randrange(len(watchers))
            watchers[place].read()
            assert watchers[place].held.rows == shown(panel, script.state)
            if chance.random() < 0.3:
                watchers[place] = Watcher(feed, watchers[place].held)
            if chance.random() < 0.3:
                feed.passed(feed.mark())
        if number < 299:
            market.take(script.event())
    feed.flush()
    for watcher in watchers:
        watcher.read()
        assert watcher.held.rows == shown(panel, script.state)
        assert watcher.held.snapshots <= 1
        tasks = [body["n"] for body in watcher.held.others]
        assert tasks == sorted(set(tasks))


def test_intervals_are_kept() -> None:
    script, market, pace = Script(random.Random(1)), make_market(), Mock()
    feed = make_feed(market, make_panel(random.Random(1)), pace)
    watcher = Watcher(feed)
    watcher.read()
    for _ in range(20):
        market.take(script.event())
    assert watcher.read() == []
    assert pace.want.call_count == 1
    feed.flush()
    assert len(watcher.read()) == 1
    assert watcher.held.id == 20


def test_restart_tells_a_reset_and_the_state() -> None:
    chance = random.Random(3)
    script, market = Script(chance), make_market()
    feed = make_feed(market, panel_of("X", ["call_oi"], topics=["task"]))
    watcher = Watcher(feed)
    feed.readers.add(watcher.reader)
    for _ in range(10):
        market.take(script.event())
    watcher.read()
    market.restart(Reset("rewound", Position("e", 4)))
    assert watcher.reader.seen == RESTARTED
    assert watcher.read() == []  # until the chains have been read
    market.take(
        make_event(Position("e", 5), "task", None, None, '{"topic":"task","n":5}')
    )
    body = '{"symbol":"X","expiry":"2025-09-02","clock":"0009","quote_time":"0009",'
    body += '"columns":["strike","call_oi","put_oi","put_moneyness"],"rows":[[100,7,8,"x"]]}'
    market.hold("X", Read(0, {"X": [parse_update(json.loads(body))]}), 5)
    watcher.read()
    assert watcher.types[-3:] == ["reset", "snapshot", "task"]
    assert watcher.held.rows == {
        ("X", "2025-09-02"): {100: {"strike": 100, "call_oi": 7}}
    }
    assert watcher.held.id == 5


def test_heartbeat_moves_the_id_of_who_has_everything() -> None:
    market = make_market()
    panel = make_panel(random.Random(5))
    feed = make_feed(market, panel)
    watcher = Watcher(feed)
    watcher.read()
    for id in (1, 2, 3):
        market.take(make_event(Position("e", id), "ops", None, None, "{}"))
    beat = feed.heartbeat()
    assert (beat.upto, beat.plain) == (3, b": heartbeat\nid: e:3\n\n")
    watcher.reader.write(beat)
    assert feed.pending(3) is None
